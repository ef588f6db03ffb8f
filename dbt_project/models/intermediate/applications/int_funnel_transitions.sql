{#-
    The ways from one step to the next, each under the step it leads to: from
    the time of the step before to that of the step, or, while the step has not
    been reached, to the as-of time (not completed). A way whose end is only
    implied by a later step has no known length and is left out, as is one whose
    beginning is, and one to a step that nobody records.
-#}
with

steps as (
    select * from {{ ref("int_funnel_steps") }}
),

names as (
    select * from {{ ref("funnel_steps") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

begun as (
    select
        steps.*,
        names.step_order as next_step_order
    from steps
    inner join names
        on steps.step_order + 1 = names.step_order
    where
        steps.step_at is not null
        and (steps.is_opening_known or names.step != 'opened')
),

ended as (
    select
        begun.application_id,
        begun.company_id,
        begun.next_step_order as step_order,
        begun.cohort_month,
        begun.step_month as begun_month,
        begun.step_at as begun_at,
        reached.step_at as ended_at,
        as_of.as_of_at,
        begun.stage_reached,
        begun.department_name,
        begun.employment_type,
        begun.channel,
        begun.job_id,
        begun.rejection_reason,
        begun.mail_state
    from begun
    cross join as_of
    left join steps as reached
        on
            begun.application_id = reached.application_id
            and begun.next_step_order = reached.step_order
    where
        reached.step_at is not null
        or (
            begun.last_step_order < begun.next_step_order
            and begun.step_at <= as_of.as_of_at
        )
),

final as (
    select
        application_id,
        company_id,
        step_order,
        cohort_month,
        begun_month,
        {{ seconds_between(
            "begun_at", "coalesce(ended_at, as_of_at)"
        ) }} as seconds,
        ended_at is not null as is_completed,
        stage_reached,
        department_name,
        employment_type,
        channel,
        job_id,
        rejection_reason,
        mail_state
    from ended
)

select * from final
