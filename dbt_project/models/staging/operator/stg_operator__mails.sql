with

landed as (
    {{ landed('operator', 'mails') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ json_field("company_id") }} as company_id,
        {{ json_field("application_id") }} as source_application_id,
        {{ json_field("token") }} as token,
        {{ json_field("message_id") }} as message_id,
        {{ json_field("sent_at", "timestamp") }} as sent_at
    from landed
)

select * from final
