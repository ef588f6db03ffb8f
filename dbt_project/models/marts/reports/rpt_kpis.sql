with

kpis as (
    select * from {{ ref("int_kpis_listed") }}
),

metrics as (
    select * from {{ ref("int_metrics_monthly") }}
),

targets as (
    select * from {{ ref("kpi_targets") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

feeds as (
    select * from {{ ref("int_employment_feeds") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

-- horizons rest on the operator's joins; without leavers they say nothing
suspects as (
    select distinct
        company_id,
        'horizon' as basis
    from feeds
    where feed = 'joins' and is_omitting_leavers
),

months as (
    select
        month_start as month,
        year * 12 + month as month_number
    from dates
    where date_day = month_start
),

starts as (
    select
        company_id,
        min(month) as first_month
    from metrics
    where value != 0
    group by company_id
),

cells as (
    select
        starts.company_id,
        months.month,
        months.month_number,
        kpis.*,
        {{ add_days(
            month_end("months.month"), "kpis.closing_days"
        ) }} <= as_of.as_of_date as is_final,
        suspects.company_id is not null as is_feed_suspect
    from starts
    cross join as_of
    inner join months
        on
            starts.first_month <= months.month
            and as_of.as_of_date >= months.month
    cross join kpis
    left join suspects
        on
            starts.company_id = suspects.company_id
            and kpis.basis = suspects.basis
),

numbered as (
    select
        metrics.*,
        months.month_number
    from metrics
    inner join months
        on metrics.month = months.month
),

summed as (
    select
        cells.company_id,
        cells.month,
        cells.kpi,
        {% for part in ("denominator", "known", "unknown") -%}
        sum(
            case
                when numbered.metric = cells.{{ part }}_metric
                    then numbered.value
                else 0
            end
        ) as {{ part }},
        {% endfor -%}
        sum(
            case
                when numbered.metric = cells.numerator_metric
                    then numbered.value
                else 0
            end
        ) as numerator
    from cells
    left join numbered
        on
            cells.company_id = numbered.company_id
            and numbered.metric
            in (
                cells.numerator_metric,
                cells.denominator_metric,
                cells.known_metric,
                cells.unknown_metric
            )
            and cells.month_number >= numbered.month_number
            and cells.month_number
            < numbered.month_number + cells.window_months
    group by
        cells.company_id,
        cells.month,
        cells.kpi
),

in_force as (
    select
        cells.company_id,
        cells.month,
        cells.kpi,
        targets.target,
        row_number() over (
            partition by cells.company_id, cells.month, cells.kpi
            order by
                case when targets.company_id = '*' then 1 else 0 end,
                targets.valid_from desc
        ) as position
    from cells
    inner join targets
        on
            cells.kpi = targets.kpi
            and targets.company_id in (cells.company_id, '*')
            and cells.month >= targets.valid_from
),

-- a sum is divided by nothing
measured as (
    select
        cells.*,
        cast(summed.numerator as numeric(18, 6)) as numerator,
        cast(
            case
                when cells.denominator_metric is not null
                    then summed.denominator
            end as numeric(18, 6)
        ) as denominator,
        summed.unknown = 0
        and (cells.known_metric is null or summed.known > 0) as is_known,
        case
            when cells.unit = 'share' and not cells.is_feed_suspect
                then {{ wilson_lower(
                    "summed.numerator", "summed.denominator"
                ) }}
        end as actual_lower,
        case
            when cells.unit = 'share' and not cells.is_feed_suspect
                then {{ wilson_upper(
                    "summed.numerator", "summed.denominator"
                ) }}
        end as actual_upper,
        in_force.target
    from cells
    inner join summed
        on
            cells.company_id = summed.company_id
            and cells.month = summed.month
            and cells.kpi = summed.kpi
    left join in_force
        on
            cells.company_id = in_force.company_id
            and cells.month = in_force.month
            and cells.kpi = in_force.kpi
            and in_force.position = 1
),

computed as (
    select
        *,
        cast(
            case
                when is_feed_suspect or not is_known then null
                when denominator_metric is null then numerator
                else {{ rate("numerator", "denominator") }}
            end as numeric(18, 6)
        ) as actual
    from measured
),

compared as (
    select
        *,
        cast(lag(actual) over (
            partition by company_id, kpi order by month
        ) as numeric(18, 6)) as previous_actual
    from computed
),

final as (
    select
        company_id,
        month,
        kpi,
        label,
        unit,
        basis,
        better,
        window_months,
        numerator,
        denominator,
        actual,
        actual_lower,
        actual_upper,
        target,
        previous_actual,
        case
            when not is_final then null
            when actual is null or previous_actual is null then null
            when
                previous_actual >= cast(actual_lower as numeric(18, 6))
                and previous_actual <= cast(actual_upper as numeric(18, 6))
                then 'flat'
            when
                actual_lower is null
                and abs(actual - previous_actual)
                <= {{ var("kpi_flat_share") }} * abs(previous_actual)
                then 'flat'
            when actual > previous_actual then 'up'
            else 'down'
        end as trend,
        case
            when not is_final then 'immature'
            when is_feed_suspect then 'feed_suspect'
            when not is_known then 'unknown'
            when denominator < minimum then 'too_few'
            when target is null then null
            when better = 'higher' and actual >= target then 'met'
            when better = 'lower' and actual <= target then 'met'
            else 'missed'
        end as status
    from compared
)

select * from final
