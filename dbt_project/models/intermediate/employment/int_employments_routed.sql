{#- Each started employment under its own route and under all of them. -#}
with

employments as (
    select * from {{ ref("int_employments") }}
),

feeds as (
    select * from {{ ref("int_employment_feeds") }}
),

routes as (
    select
        employment_id,
        route
    from employments
    union all
    select
        employment_id,
        'all' as route
    from employments
),

started as (
    select
        *,
        coalesce(left_date, gone_date) as leaving_date
    from employments
    where has_started
),

-- leaving on a day that nobody has observed yet is having been there until now
seen as (
    select
        *,
        coalesce(leaving_date <= company_last_observed_date, false)
            as has_left,
        case
            when leaving_date <= company_last_observed_date then leaving_date
            when leaving_date is not null then company_last_observed_date
            else coalesce(last_employed_date, joined_date)
        end as last_day
    from started
),

final as (
    select
        seen.employment_id,
        seen.company_id,
        routes.route,
        seen.fiscal_year,
        case
            when seen.last_day > seen.joined_date
                then
                    {{ datediff("seen.joined_date", "seen.last_day", "day") }}
            else 0
        end as days_employed,
        seen.has_left,
        feeds.is_omitting_leavers
    from seen
    inner join routes
        on seen.employment_id = routes.employment_id
    inner join feeds
        on
            seen.company_id = feeds.company_id
            and seen.feed = feeds.feed
            and seen.observer = feeds.observer
)

select * from final
