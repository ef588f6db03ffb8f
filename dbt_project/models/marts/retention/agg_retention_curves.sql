with

routed as (
    select * from {{ ref("int_employments_routed") }}
),

cohorts as (
    select
        company_id,
        route,
        cast(fiscal_year as {{ type_string() }}) as cohort,
        days_employed,
        has_left
    from routed
    union all
    select
        company_id,
        route,
        'all' as cohort,
        days_employed,
        has_left
    from routed
),

suspects as (
    select
        company_id,
        route,
        max(case when is_omitting_leavers then 1 else 0 end) = 1
            as is_feed_suspect
    from routed
    group by company_id, route
),

curves as (
    {{ kaplan_meier(
        "cohorts",
        ["company_id", "route", "cohort"],
        "days_employed",
        "has_left"
    ) }}
),

final as (
    select
        curves.company_id,
        curves.route,
        curves.cohort,
        curves.t as day,
        curves.at_risk,
        curves.events,
        curves.censored,
        case when not suspects.is_feed_suspect then curves.survival end
            as survival,
        case
            when not suspects.is_feed_suspect then curves.greenwood_variance
        end as greenwood_variance,
        case
            when not suspects.is_feed_suspect
                then
                    {{ log_log_lower(
                        "curves.survival", "curves.greenwood_variance"
                    ) }}
        end as survival_lower,
        case
            when not suspects.is_feed_suspect
                then
                    {{ log_log_upper(
                        "curves.survival", "curves.greenwood_variance"
                    ) }}
        end as survival_upper,
        suspects.is_feed_suspect
    from curves
    inner join suspects
        on
            curves.company_id = suspects.company_id
            and curves.route = suspects.route
)

select * from final
