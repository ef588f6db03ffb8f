{#-
    One row per submission of the form, in the columns that every form ends in.
    A form that was opened and left without an answer is not shown, and nothing
    says when one was opened: the time of the submission stands in for it.
-#}
with

submissions as (
    select * from {{ ref("stg_tally__submissions") }}
),

final as (
    select
        connection,
        'tally' as source,
        response_id,
        case when is_completed then 'completed' else 'partial' end
            as response_type,
        token,
        submitted_at as landed_at,
        case when is_completed then submitted_at end as submitted_at,
        case when is_completed then coalesce(has_consent, false) end
            as has_consent,
        form_version,
        cast(null as {{ type_string() }}) as device,
        cast(null as {{ type_string() }}) as agent_class,
        answered_count,
        last_question,
        'submissions' as stream,
        record_id,
        payload_hash
    from submissions
)

select * from final
