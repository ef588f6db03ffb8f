{{ config(indexes=[{"columns": ["company_id", "landed_date"]}]) }}

with

sessions as (
    select * from {{ ref("int_form_sessions") }}
),

final as (
    select
        response_id,
        company_id,
        connection,
        application_id,
        state,
        landed_at,
        landed_date,
        submitted_at,
        form_version,
        device,
        agent_class,
        answered_count,
        last_question,
        is_probable_bot,
        bot_reason
    from sessions
)

select * from final
