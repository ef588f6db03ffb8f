{{ config(
    unique_key=["connection", "record_id", "payload_hash"],
    indexes=[
        {"columns": ["connection", "record_id", "payload_hash"], "unique": true},
        {"columns": ["connection", "seq"]},
    ],
) }}

with

landed as (
    {{ landed('talentio', 'requisitions', every_version=true) }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as requisition_id,
        {{ json_field("status") }} as status,
        {{ json_field("updatedAt", "timestamptz") }} as updated_at
    from landed
)

select * from final
