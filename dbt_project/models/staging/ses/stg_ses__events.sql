with

landed as (
    {{ landed('ses', 'events') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as event_id,
        {{ json_field("code") }} as event_code,
        {{ json_field("timestamp", "timestamp") }} as occurred_at,
        {{ json_field("token") }} as token,
        {{ json_field("message_id") }} as message_key,
        {{ json_field("agent_class") }} as agent_class,
        {{ json_field("is_machine", "boolean") }} as is_machine,
        {{ json_field("link") }} as link
    from landed
)

select * from final
