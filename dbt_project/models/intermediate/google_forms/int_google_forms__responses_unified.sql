{#-
    One row per response of the form, in the columns that every form ends in.
    Only what was sent is shown, so when the form was opened is unknown: the
    first sending stands in for it. An edit changes the answers, not that time.
-#}
with

responses as (
    select * from {{ ref("stg_google_forms__responses") }}
),

final as (
    select
        connection,
        'google_forms' as source,
        response_id,
        'completed' as response_type,
        token,
        submitted_at as landed_at,
        submitted_at,
        coalesce(has_consent, false) as has_consent,
        form_version,
        cast(null as {{ type_string() }}) as device,
        cast(null as {{ type_string() }}) as agent_class,
        answered_count,
        last_question,
        'responses' as stream,
        record_id,
        payload_hash
    from responses
)

select * from final
