{{ config(
    unique_key=["connection", "record_id", "payload_hash"],
    indexes=[
        {"columns": ["connection", "record_id", "payload_hash"], "unique": true},
        {"columns": ["connection", "seq"]},
    ],
    meta={"keeps_deleted": true},
) }}

with

landed as (
    {{ landed('smarthr', 'crews', every_version=true) }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash
    from landed
)

select * from final
