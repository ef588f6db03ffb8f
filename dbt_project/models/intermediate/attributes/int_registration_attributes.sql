{#-
    One row per rejected application of a mature month, with what was known of
    it before anybody could register. Every column after is_registered is an
    attribute; a value that is missing is `(none)`.
-#}
with

funnel as (
    select * from {{ ref("int_funnel_dated") }}
),

applications as (
    select * from {{ ref("int_applications_decided") }}
),

persons as (
    select * from {{ ref("int_persons_resolved") }}
),

jobs as (
    select * from {{ ref("int_jobs_unioned") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

numbered as (
    select
        applications.application_id,
        applications.applied_at,
        applications.rejection_reason,
        min(applications.applied_at) over (
            partition by
                applications.company_id,
                coalesce(persons.person_id, applications.candidate_id)
        ) as first_applied_at
    from applications
    left join persons
        on applications.candidate_id = persons.candidate_id
),

joined as (
    select
        funnel.application_id,
        funnel.company_id,
        funnel.person_id,
        funnel.registered_at is not null as is_registered,
        funnel.stage_reached,
        jobs.department_name,
        jobs.employment_type,
        funnel.channel,
        numbered.rejection_reason,
        funnel.mail_state,
        numbered.applied_at > numbered.first_applied_at as is_repeat,
        {{ datediff(
            local_date("numbered.applied_at"), "funnel.rejected_date", "day"
        ) }} as days_in_selection,
        substring(
            cast(funnel.cohort_month as {{ type_string() }}), 1, 7
        ) as rejection_month
    from funnel
    inner join numbered
        on funnel.application_id = numbered.application_id
    left join jobs
        on funnel.job_id = jobs.job_id
    cross join as_of
    where
        {{ add_days(
            month_end("funnel.cohort_month"), var("maturity_days")
        ) }} <= as_of.as_of_date
),

final as (
    select
        application_id,
        company_id,
        person_id,
        is_registered,
        coalesce(stage_reached, '(none)') as stage_reached,
        coalesce(department_name, '(none)') as department,
        coalesce(employment_type, '(none)') as employment_type,
        coalesce(channel, '(none)') as channel,
        coalesce(rejection_reason, '(none)') as rejection_reason,
        mail_state,
        case when is_repeat then 'yes' else 'no' end as repeat_applicant,
        case
            when days_in_selection < 7 then '00-06'
            when days_in_selection < 14 then '07-13'
            when days_in_selection < 30 then '14-29'
            when days_in_selection < 60 then '30-59'
            when days_in_selection >= 60 then '60+'
            else '(none)'
        end as days_in_selection,
        rejection_month
    from joined
)

select * from final
