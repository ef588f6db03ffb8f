{#-
    Everybody who was hired, through the operator or not, with what the lists
    say of their leaving. The newest attestation that names a day of leaving
    decides; a hire's own row says both.
-#}
with

joins as (
    select * from {{ ref("stg_operator__joins") }}
),

attestations as (
    select * from {{ ref("stg_operator__attestations") }}
),

hires as (
    select * from {{ ref("stg_operator__hires") }}
),

introductions as (
    select * from {{ ref("fct_introductions") }}
),

applications as (
    select * from {{ ref("int_applications_decided") }}
),

company_observations as (
    select
        company_id,
        'joins' as feed,
        max(observed_date) as company_last_observed_date
    from attestations
    group by company_id
    union all
    select
        company_id,
        'hires' as feed,
        max(observed_date) as company_last_observed_date
    from hires
    group by company_id
),

join_observations as (
    select
        join_id,
        max(observed_date) as last_mentioned_date,
        max(case when employed in ('yes', 'no') then observed_date end)
            as last_observed_date,
        max(case when employed = 'yes' then observed_date end)
            as last_employed_date
    from attestations
    group by join_id
),

-- who is said to be gone, and not to be there again later
departures as (
    select
        attestations.join_id,
        min(attestations.observed_date) as gone_date
    from attestations
    inner join join_observations
        on attestations.join_id = join_observations.join_id
    where
        attestations.employed = 'no'
        and (
            join_observations.last_employed_date is null
            or attestations.observed_date
            > join_observations.last_employed_date
        )
    group by attestations.join_id
),

leavings as (
    select
        join_id,
        left_date,
        leave_type,
        row_number() over (
            partition by join_id
            order by
                observed_date desc,
                {{ byte_order("attested_month") }} desc
        ) as position
    from attestations
    where left_date is not null
),

-- a number that two of the company's systems use names neither
numbered as (
    select
        company_id,
        source_application_id,
        max(application_id) as application_id,
        max(candidate_id) as candidate_id
    from applications
    group by company_id, source_application_id
    having count(*) = 1
),

employments as (
    select
        'join:' || joins.join_id as employment_id,
        joins.company_id,
        'joins' as feed,
        joins.join_id,
        joins.introduction_id,
        cast(null as {{ type_string() }}) as application_id,
        cast(null as {{ type_string() }}) as candidate_id,
        joins.employee_number,
        case
            when introductions.is_slot_covered then 'slot'
            else 'paid_introduction'
        end as route,
        cast(null as {{ type_string() }}) as channel,
        joins.joined_date,
        joins.employment_type as employment_label,
        joins.annual_salary_yen,
        leavings.left_date,
        leavings.leave_type,
        case when leavings.left_date is null then departures.gone_date end
            as gone_date,
        join_observations.last_mentioned_date,
        join_observations.last_observed_date,
        join_observations.last_employed_date
    from joins
    left join introductions
        on joins.introduction_id = introductions.introduction_id
    left join leavings
        on
            joins.join_id = leavings.join_id
            and leavings.position = 1
    left join departures
        on joins.join_id = departures.join_id
    left join join_observations
        on joins.join_id = join_observations.join_id
    union all
    select
        'hire:' || hires.hire_id as employment_id,
        hires.company_id,
        'hires' as feed,
        cast(null as {{ type_string() }}) as join_id,
        cast(null as {{ type_string() }}) as introduction_id,
        numbered.application_id,
        numbered.candidate_id,
        hires.employee_number,
        'other_channel' as route,
        hires.channel,
        hires.joined_date,
        hires.employment_type as employment_label,
        hires.annual_salary_yen,
        hires.left_date,
        case
            when hires.left_date is not null then hires.leave_type
        end as leave_type,
        case
            when hires.left_date is null and hires.leave_type is not null
                then hires.observed_date
        end as gone_date,
        hires.observed_date as last_mentioned_date,
        hires.observed_date as last_observed_date,
        case
            when hires.left_date is null and hires.leave_type is null
                then hires.observed_date
        end as last_employed_date
    from hires
    left join numbered
        on
            hires.company_id = numbered.company_id
            and hires.source_application_id = numbered.source_application_id
),

final as (
    select
        employments.*,
        company_observations.company_last_observed_date
    from employments
    left join company_observations
        on
            employments.company_id = company_observations.company_id
            and employments.feed = company_observations.feed
)

select * from final
