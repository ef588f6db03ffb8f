with

matches as (
    select * from {{ ref("int_employees_matched") }}
),

stated as (
    select * from {{ ref("int_employments_stated") }}
),

employments as (
    select * from {{ ref("int_employments") }}
),

compared as (
    select
        matches.employment_id,
        matches.company_id,
        stated.feed,
        matches.match_state,
        matches.match_method,
        matches.match_tier,
        matches.possible_employees,
        matches.employee_id,
        stated.joined_date as stated_joined_date,
        stated.left_date as stated_left_date,
        stated.leave_type as stated_leave_type,
        stated.gone_date as stated_gone_date,
        stated.last_employed_date as stated_employed_date,
        case when matches.match_state = 'matched' then employments.joined_date
        end as joined_date,
        case when matches.match_state = 'matched' then employments.left_date
        end as left_date,
        case when matches.match_state = 'matched' then employments.leave_type
        end as leave_type,
        employments.last_employed_date
    from matches
    inner join stated
        on matches.employment_id = stated.employment_id
    inner join employments
        on matches.employment_id = employments.employment_id
),

final as (
    select
        employment_id,
        company_id,
        feed,
        match_state,
        match_method,
        match_tier,
        possible_employees,
        employee_id,
        stated_joined_date,
        joined_date,
        stated_left_date,
        left_date,
        stated_leave_type,
        leave_type,
        coalesce(joined_date != stated_joined_date, false)
            as is_join_disputed,
        match_state = 'matched'
        and (
            coalesce(stated_left_date != left_date, false)
            or coalesce(stated_leave_type != leave_type, false)
            or coalesce(left_date < stated_employed_date, false)
            or coalesce(
                coalesce(stated_left_date, stated_gone_date)
                < last_employed_date,
                false
            )
        ) as is_leaving_disputed
    from compared
)

select * from final
