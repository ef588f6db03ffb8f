with

landed as (
    {{ landed('lever', 'opportunities') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as application_id,
        record_id as source_application_id,
        {{ scoped_id(json_field("contact")) }} as candidate_id,
        case
            when {{ json_field("archived.archivedAt") }} is null then 'active'
            else 'archived'
        end as status,
        {{ scoped_id(json_field("archived.reason")) }} as archive_reason_id,
        {{ json_epoch_ms("archived.archivedAt") }} as archived_at,
        {{ json_field("sources.0") }} as channel,
        coalesce({{ json_field("isAnonymized", "boolean") }}, false)
            as is_anonymized,
        payload_hash
    from landed
)

select * from final
