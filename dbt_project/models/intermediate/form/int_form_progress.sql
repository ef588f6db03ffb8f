{#-
    How far people came in the form: `reached_order` is the place of the
    question in front of them, the one after the last they answered (an answer
    whose ref the seed does not know counts by its number). Machines are left
    out, and forms that do not tell who opened them.
-#}
with

sessions as (
    select * from {{ ref("int_form_sessions") }}
),

questions as (
    select * from {{ ref("int_form_questions") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

lengths as (
    select
        company_id,
        form_version,
        max(question_order) as submit_order
    from questions
    group by company_id, form_version
),

placed as (
    select
        sessions.*,
        lengths.submit_order,
        case
            when sessions.state = 'completed' then lengths.submit_order
            when sessions.state = 'opened' then 1
            else coalesce(questions.question_order, sessions.answered_count) + 1
        end as next_order
    from sessions
    inner join lengths
        on
            sessions.company_id = lengths.company_id
            and sessions.form_version = lengths.form_version
    left join questions
        on
            sessions.company_id = questions.company_id
            and sessions.form_version = questions.form_version
            and sessions.last_question = questions.question
    where not sessions.is_probable_bot and sessions.is_opening_known
),

final as (
    select
        placed.response_id,
        placed.company_id,
        {{ month_start("placed.landed_date") }} as landed_month,
        placed.form_version,
        placed.device,
        placed.state,
        least(placed.next_order, placed.submit_order) as reached_order,
        placed.state = 'completed' as is_completed,
        case
            when placed.state = 'completed' then 'completed'
            when
                {{ add_days(
                    "placed.landed_date", var("form_abandoned_after_days")
                ) }} > as_of.as_of_date
                then 'open'
            else 'abandoned'
        end as ending,
        {{ seconds_between(
            "placed.landed_at",
            "case placed.state when 'completed' then placed.submitted_at"
            ~ " else as_of.as_of_at end"
        ) }} as seconds_seen
    from placed
    cross join as_of
)

select * from final
