with

landed as (
    {{ landed('greenhouse', 'notes') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as note_id,
        {{ scoped_id(json_field("application_id")) }} as application_id,
        {{ json_field("type") }} as note_type,
        nullif({{ json_field("registration_token") }}, '')
            as registration_token,
        {{ json_field("created_at", "timestamptz") }} as created_at
    from landed
)

select * from final
