{#-
    Every rejected application with the time of each step, its registration
    (the earliest with consent, else the earliest) and why it went no further.
-#}
with

applications as (
    select * from {{ ref("int_applications_decided") }}
),

persons as (
    select * from {{ ref("int_persons_resolved") }}
),

mails as (
    select * from {{ ref("int_mails_sent") }}
),

opens as (
    select * from {{ ref("int_applications_opened") }}
),

registrations as (
    select * from {{ ref("int_registrations_matched") }}
),

eligible as (
    select * from {{ ref("int_registrations_eligible") }}
),

counted as (
    select * from {{ ref("int_registrations_counted") }}
),

jobs as (
    select * from {{ ref("int_jobs_unioned") }}
),

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

forms_silent as (
    select distinct company_id
    from connections
    where source in ({{ forms_without_openings() }})
),

registrations_ranked as (
    select
        *,
        row_number() over (
            partition by application_id
            order by
                case when has_consent then 0 else 1 end,
                submitted_at,
                {{ byte_order("registration_id") }}
        ) as position
    from registrations
    where application_id is not null
),

persons_counted as (
    select distinct
        company_id,
        person_id
    from counted
),

-- whose person was counted at another company, where its contract asks for it
applications_duplicate as (
    select distinct application_id
    from eligible
    where refused_because = 'duplicate_person'
),

joined as (
    select
        applications.application_id,
        applications.company_id,
        applications.connection,
        coalesce(persons.person_id, applications.candidate_id) as person_id,
        applications.job_id,
        applications.channel,
        applications.stage_reached,
        applications.stage_reached_order,
        applications.rejection_reason,
        jobs.department_name,
        jobs.employment_type,
        applications.rejected_at,
        mails.mailed_at,
        coalesce(mails.mail_state, 'unknown') as mail_state,
        mails.delivered_at,
        mails.bounced_at,
        mails.clicked_at,
        mails.human_clicked_at,
        opens.opened_at,
        opens.human_opened_at,
        registrations_ranked.submitted_at as registered_at,
        registrations_ranked.registration_id,
        registrations_ranked.match_method,
        registrations_ranked.has_consent,
        counted.counted_at,
        forms_silent.company_id is null as is_opening_known,
        persons_counted.person_id is not null
        or applications_duplicate.application_id is not null
            as is_person_counted
    from applications
    left join persons
        on applications.candidate_id = persons.candidate_id
    left join jobs
        on applications.job_id = jobs.job_id
    left join mails
        on applications.application_id = mails.application_id
    left join opens
        on applications.application_id = opens.application_id
    left join registrations_ranked
        on
            applications.application_id = registrations_ranked.application_id
            and registrations_ranked.position = 1
    left join counted
        on
            applications.application_id = counted.application_id
            and counted.is_first_of_application
    left join persons_counted
        on
            applications.company_id = persons_counted.company_id
            and persons.person_id = persons_counted.person_id
    left join applications_duplicate
        on applications.application_id = applications_duplicate.application_id
    left join forms_silent
        on applications.company_id = forms_silent.company_id
    where applications.outcome = 'rejected_by_company'
),

dated as (
    select
        *,
        {{ local_date("rejected_at") }} as rejected_date,
        {{ local_date("counted_at") }} as counted_date
    from joined
),

final as (
    select
        application_id,
        company_id,
        connection,
        person_id,
        job_id,
        channel,
        stage_reached,
        stage_reached_order,
        rejection_reason,
        department_name,
        employment_type,
        {{ month_start("rejected_date") }} as cohort_month,
        rejected_at,
        rejected_date,
        mail_state,
        mailed_at,
        delivered_at,
        bounced_at,
        clicked_at,
        human_clicked_at,
        opened_at,
        human_opened_at,
        case
            when human_opened_at is not null then 'human'
            when registration_id is not null and not is_opening_known
                then 'human'
            when opened_at is not null then 'probable_bot'
            when not is_opening_known then 'unknown'
            else 'not_opened'
        end as open_state,
        is_opening_known,
        registered_at,
        registration_id,
        match_method,
        has_consent,
        counted_at,
        counted_date,
        case
            when counted_at is not null then null
            when has_consent and is_person_counted then 'duplicate_person'
            when has_consent then 'not_eligible'
            when registration_id is not null then 'consent_refused'
            when human_opened_at is not null then 'form_abandoned'
            when mail_state = 'bounced' then 'mail_bounced'
            when mailed_at is not null and not is_opening_known
                then 'opening_not_recorded'
            when mailed_at is not null then 'form_not_opened'
            else 'mail_not_recorded'
        end as stopped_because
    from dated
)

select * from final
