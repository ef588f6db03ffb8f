{#-
    Everybody who was hired, as the company's own HR system knows them where it
    does: it is the primary record of when somebody came and left, up to its
    last complete read. Else as the lists say. `observer` says which of them.
-#}
with

stated as (
    select * from {{ ref("int_employments_stated") }}
),

matches as (
    select * from {{ ref("int_employees_matched") }}
),

employees as (
    select * from {{ ref("int_employees_unioned") }}
),

labels as (
    select * from {{ ref("employment_type_map") }}
),

terms as (
    select * from {{ ref("employment_terms") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

-- on leave is employed, and so is whoever leaves on a day to come
seen as (
    select
        matches.employment_id,
        employees.connection as observer,
        employees.entered_date,
        employees.resigned_date,
        employees.leave_type,
        employees.last_read_date,
        case when not employees.is_deleted then employees.last_read_date end
            as last_mentioned_date,
        case
            when
                employees.entered_date <= employees.last_read_date
                and not employees.is_undated_leaver
                and not employees.is_deleted
                and coalesce(
                    employees.resigned_date >= employees.last_read_date, true
                )
                then employees.last_read_date
        end as last_employed_date
    from matches
    inner join employees
        on matches.employee_id = employees.employee_id
),

observed as (
    select
        stated.employment_id,
        stated.company_id,
        stated.feed,
        stated.join_id,
        stated.introduction_id,
        stated.application_id,
        stated.route,
        stated.channel,
        stated.employment_label,
        stated.annual_salary_yen,
        coalesce(seen.observer, stated.feed) as observer,
        coalesce(seen.entered_date, stated.joined_date) as joined_date,
        case
            when seen.observer is null then stated.left_date
            else seen.resigned_date
        end as left_date,
        case
            when seen.observer is null then stated.leave_type
            when seen.resigned_date is not null
                then coalesce(seen.leave_type, stated.leave_type)
        end as leave_type,
        case when seen.observer is null then stated.gone_date end as gone_date,
        case
            when seen.observer is null then stated.last_mentioned_date
            else seen.last_mentioned_date
        end as last_mentioned_date,
        case
            when seen.observer is null then stated.last_observed_date
            else seen.last_mentioned_date
        end as last_observed_date,
        case
            when seen.observer is null then stated.last_employed_date
            else seen.last_employed_date
        end as last_employed_date,
        case
            when seen.observer is null then stated.company_last_observed_date
            else seen.last_read_date
        end as company_last_observed_date
    from stated
    left join seen
        on stated.employment_id = seen.employment_id
),

typed as (
    select
        observed.*,
        coalesce(labels.employment_type, observed.employment_label)
            as employment_type
    from observed
    left join labels
        on observed.employment_label = labels.label
),

final as (
    select
        typed.employment_id,
        typed.company_id,
        typed.feed,
        typed.observer,
        typed.join_id,
        typed.introduction_id,
        typed.application_id,
        typed.route,
        typed.channel,
        typed.joined_date,
        dates.fiscal_year,
        {{ six_months_after("typed.joined_date") }} as six_months_date,
        typed.employment_type,
        terms.employment_term,
        typed.annual_salary_yen,
        typed.left_date,
        typed.leave_type,
        typed.gone_date,
        typed.last_mentioned_date,
        typed.last_observed_date,
        typed.last_employed_date,
        typed.company_last_observed_date,
        coalesce(
            typed.joined_date <= coalesce(
                as_of.as_of_date,
                typed.company_last_observed_date
            ),
            false
        ) as has_started
    from typed
    cross join as_of
    left join dates
        on typed.joined_date = dates.date_day
    left join terms
        on typed.employment_type = terms.employment_type
)

select * from final
