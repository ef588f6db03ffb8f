{{ config(
    unique_key=["connection", "record_id", "payload_hash"],
    indexes=[
        {"columns": ["connection", "record_id", "payload_hash"], "unique": true},
        {"columns": ["connection", "seq"]},
    ],
) }}

with

landed as (
    {{ landed('herp', 'candidacies', every_version=true) }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as candidacy_id,
        {{ scoped_id(json_field("requisitionId")) }} as requisition_id,
        nullif({{ json_field("step") }}, '') as step
    from landed
)

select * from final
