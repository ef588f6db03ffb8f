with

landed as (
    {{ landed('typeform', 'responses_started') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id(json_field("response_id")) }} as response_id,
        nullif({{ json_field("hidden.token") }}, '') as token,
        {{ json_field("landed_at", "timestamptz") }} as landed_at,
        {{ json_field("hidden.form_version") }} as form_version,
        {{ json_field("client.device") }} as device,
        {{ json_field("client.agent_class") }} as agent_class,
        {{ answered("count") }} as answered_count,
        {{ answered("last") }} as last_question
    from landed
)

select * from final
