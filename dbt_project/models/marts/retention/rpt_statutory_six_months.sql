with

employments as (
    select * from {{ ref("int_employments") }}
),

feeds as (
    select * from {{ ref("int_employment_feeds") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

today as (
    select dates.fiscal_year
    from as_of
    inner join dates
        on as_of.as_of_date = dates.date_day
),

suspects as (
    select
        company_id,
        max(case when is_omitting_leavers then 1 else 0 end) = 1
            as is_feed_suspect
    from feeds
    where feed = 'joins'
    group by company_id
),

placed as (
    select
        company_id,
        fiscal_year,
        employment_term,
        case
            when employment_term = 'indefinite'
                then {{ retention_state("six_months_date") }}
        end as state,
        leave_type
    from employments
    where feed = 'joins' and has_started
),

counted as (
    select
        company_id,
        fiscal_year,
        count(*) as placements,
        count(case when employment_term = 'indefinite' then 1 end)
            as indefinite_placements,
        count(
            case
                when
                    state = 'left'
                    and coalesce(leave_type, 'unstated') != 'dismissal'
                    then 1
            end
        ) as left_within_six_months,
        count(
            case when state = 'left' and leave_type = 'dismissal' then 1 end
        ) as dismissed_within_six_months,
        count(case when state = 'retained' then 1 end)
            as retained_six_months,
        count(case when state = 'unknown' then 1 end) as unknown,
        count(case when state = 'immature' then 1 end) as immature
    from placed
    group by company_id, fiscal_year
),

final as (
    select
        counted.company_id,
        counted.fiscal_year,
        counted.placements,
        counted.indefinite_placements,
        counted.left_within_six_months,
        counted.dismissed_within_six_months,
        counted.retained_six_months,
        counted.unknown,
        counted.immature,
        counted.immature = 0
        and counted.fiscal_year < coalesce(today.fiscal_year, 0)
            as is_complete,
        suspects.is_feed_suspect
    from counted
    inner join suspects
        on counted.company_id = suspects.company_id
    left join today
        on counted.fiscal_year < today.fiscal_year
)

select * from final
