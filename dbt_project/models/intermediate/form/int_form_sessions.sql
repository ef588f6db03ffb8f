{#-
    Every response with the verdict on who opened it. Whoever answered anything
    is human, whatever else speaks against it; else the first reason holds.
-#}
with

landings as (
    select * from {{ ref("int_form_landings") }}
),

judged as (
    select
        *,
        case
            when response_type = 'completed' or answered_count > 0 then null
            when agent_class = 'scanner' then 'scanner_agent'
            when agent_class = 'library' then 'library_agent'
            when
                seconds_from_mail <= {{ var("bot_seconds_after_mail") }}
                then 'seconds_after_mail'
            when tokens_in_burst >= {{ var("bot_burst_tokens") }}
                then 'burst'
        end as bot_reason
    from landings
),

final as (
    select
        response_id,
        company_id,
        connection,
        application_id,
        case
            when response_type = 'completed' then 'completed'
            when answered_count > 0 then 'partial'
            else 'opened'
        end as state,
        landed_at,
        {{ local_date("landed_at") }} as landed_date,
        submitted_at,
        form_version,
        device,
        agent_class,
        answered_count,
        last_question,
        is_opening_known,
        bot_reason is not null as is_probable_bot,
        bot_reason
    from judged
)

select * from final
