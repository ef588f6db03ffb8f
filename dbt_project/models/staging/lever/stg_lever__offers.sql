with

landed as (
    {{ landed('lever', 'offers') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as offer_id,
        {{ scoped_id(json_field("parent_id")) }} as application_id,
        {{ json_field("status") }} as offer_status,
        {{ json_epoch_ms("sentDocumentAt") }} as sent_at
    from landed
)

select * from final
