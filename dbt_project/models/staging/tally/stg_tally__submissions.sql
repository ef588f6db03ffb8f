with

landed as (
    {{ landed('tally', 'submissions') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id(json_field("id")) }} as response_id,
        {{ json_field("isCompleted", "boolean") }} as is_completed,
        {{ json_field("hidden.token") }} as token,
        {{ json_field("submittedAt", "timestamptz") }} as submitted_at,
        {{ json_field("boolean", "boolean", answer="consent") }} as has_consent,
        {{ json_field("hidden.consent_version") }} as consent_version,
        {{ json_field("hidden.form_version") }} as form_version,
        {{ json_field("choice.label", answer="wish_job_type") }}
            as wished_job_type,
        {{ json_field("choice.label", answer="wish_location") }}
            as wished_location,
        {{ answered("count") }} as answered_count,
        {{ answered("last") }} as last_question
    from landed
)

select * from final
