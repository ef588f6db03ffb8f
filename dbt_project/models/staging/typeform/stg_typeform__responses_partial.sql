with

landed as (
    {{ landed('typeform', 'responses_partial') }}
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
        {{ json_field("landed_at", "timestamptz") }} as landed_at
    from landed
)

select * from final
