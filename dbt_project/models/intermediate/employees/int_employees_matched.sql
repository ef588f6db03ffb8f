{#-
    Which employee each join and hire of a company with an HR system is. An
    employee number decides where one is stated, else the person does; either
    way the first days of work have to agree, and nobody else may come into
    question on either side. What is not certain stays unmatched, and listed.
-#}
with

stated as (
    select * from {{ ref("int_employments_stated") }}
),

all_employees as (
    select * from {{ ref("int_employees_unioned") }}
),

recognised as (
    select * from {{ ref("int_employees_recognised") }}
),

-- a record that was deleted without a day of leaving was none, or says nothing
employees as (
    select *
    from all_employees
    where not is_deleted or resigned_date is not null
),

staffed as (
    select distinct company_id
    from all_employees
),

found as (
    select
        stated.employment_id,
        employees.employee_id,
        'employee_number' as match_method,
        cast(null as {{ type_int() }}) as match_tier
    from stated
    inner join employees
        on
            stated.company_id = employees.company_id
            and stated.employee_number = employees.employee_number
    union all
    select
        stated.employment_id,
        employees.employee_id,
        'identity' as match_method,
        recognised.tier as match_tier
    from stated
    inner join recognised
        on stated.candidate_id = recognised.candidate_id
    inner join employees
        on recognised.employee_id = employees.employee_id
    where stated.employee_number is null
),

dated as (
    select
        found.*,
        coalesce(
            employees.entered_date between
            {{ add_days("stated.joined_date", "-" ~ var("hr_join_days")) }}
            and {{ add_days("stated.joined_date", var("hr_join_days")) }},
            false
        ) as is_near
    from found
    inner join stated
        on found.employment_id = stated.employment_id
    inner join employees
        on found.employee_id = employees.employee_id
),

claimed as (
    select
        *,
        count(case when is_near then 1 end)
            over (partition by employment_id) as near_employees,
        count(case when is_near then 1 end)
            over (partition by employee_id) as near_employments
    from dated
),

judged as (
    select
        employment_id,
        max(near_employees) as near_employees,
        max(case when is_near then near_employments end) as near_employments,
        max(case when is_near then employee_id end) as employee_id,
        min(match_method) as match_method,
        max(case when is_near then match_tier end) as match_tier
    from claimed
    group by employment_id
),

verdicts as (
    select
        stated.employment_id,
        stated.company_id,
        judged.employee_id,
        judged.match_method,
        judged.match_tier,
        coalesce(judged.near_employees, 0) as possible_employees,
        case
            when judged.employment_id is null then 'not_found'
            when judged.near_employees = 0 then 'dates_disagree'
            when judged.near_employees > 1 then 'ambiguous'
            when judged.near_employments > 1 then 'ambiguous'
            else 'matched'
        end as match_state
    from stated
    inner join staffed
        on stated.company_id = staffed.company_id
    left join judged
        on stated.employment_id = judged.employment_id
),

final as (
    select
        employment_id,
        company_id,
        match_state,
        match_method,
        case when match_state = 'matched' then match_tier end as match_tier,
        possible_employees,
        case when match_state = 'matched' then employee_id end as employee_id
    from verdicts
)

select * from final
