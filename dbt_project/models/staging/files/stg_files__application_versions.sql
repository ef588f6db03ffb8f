{{ config(
    unique_key=["connection", "record_id", "payload_hash"],
    indexes=[
        {"columns": ["connection", "record_id", "payload_hash"], "unique": true},
        {"columns": ["connection", "seq"]},
    ],
) }}

with

landed as (
    {{ landed('files', 'applications', every_version=true) }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as application_id,
        {{ json_field("stage.name") }} as stage_name,
        {{ json_field("stage.order", "integer") }} as stage_order,
        {{ json_field("stage.is_offer", "boolean") }} as is_offer
    from landed
)

select * from final
