with

landed as (
    {{ landed('greenhouse', 'offers') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as offer_id,
        {{ scoped_id(json_field("application_id")) }} as application_id,
        {{ json_field("version", "integer") }} as offer_version,
        {{ json_field("status") }} as offer_status,
        {{ json_field("sent_on", "date") }} as sent_date,
        {{ json_field("resolved_at", "timestamptz") }} as resolved_at
    from landed
)

select * from final
