{#-
    Append-only: each run adds the figures of the months that have closed since
    the last one, and a new version of every figure that has changed since it
    was reported. Never rebuilt, or what was reported when would be lost.
-#}
{{ config(
    materialized="incremental",
    incremental_strategy="append",
    full_refresh=false,
    on_schema_change="fail",
    indexes=[{"columns": ["company_id", "report_month"]}],
) }}

with

metrics as (
    select * from {{ ref("int_metrics_monthly") }}
),

listed as (
    select *
    from {{ ref("int_metrics_listed") }}
    where report_order is not null
),

dates as (
    select * from {{ ref("dim_dates") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

reported as (
    {{ report_rows(this if is_incremental() else none) }}
),

newest as (
    select
        *,
        row_number() over (
            partition by company_id, report_month, metric
            order by report_version desc
        ) as position
    from reported
),

months_known as (
    select
        company_id,
        month
    from metrics
    where value != 0
    union all
    select
        company_id,
        report_month as month
    from reported
),

starts as (
    select
        company_id,
        min(month) as first_month
    from months_known
    group by company_id
),

closed as (
    select
        starts.company_id,
        dates.date_day as report_month,
        listed.metric,
        listed.report_order,
        listed.label,
        listed.unit,
        listed.basis,
        as_of.as_of_at
    from starts
    cross join as_of
    cross join listed
    inner join dates
        on
            dates.date_day = dates.month_start
            and starts.first_month <= dates.date_day
            and listed.known_until >= {{ month_end("dates.date_day") }}
),

current_values as (
    select
        closed.*,
        cast(coalesce(metrics.value, 0) as numeric(18, 6)) as value
    from closed
    left join metrics
        on
            closed.company_id = metrics.company_id
            and closed.report_month = metrics.month
            and closed.metric = metrics.metric
),

versioned as (
    select
        current_values.*,
        newest.report_id as restates,
        newest.value as previous_value,
        coalesce(newest.report_version, 0) + 1 as report_version
    from current_values
    left join newest
        on
            current_values.company_id = newest.company_id
            and current_values.report_month = newest.report_month
            and current_values.metric = newest.metric
            and newest.position = 1
    where
        newest.report_id is null
        or current_values.value != newest.value
),

final as (
    select
        {{ hash(
            "company_id || ':' || cast(report_month as " ~ type_string()
            ~ ") || ':' || metric || ':' || report_version"
        ) }} as report_id,
        company_id,
        report_month,
        metric,
        report_order,
        label,
        unit,
        basis,
        value,
        report_version,
        as_of_at as recorded_at,
        restates,
        previous_value
    from versioned
)

select * from final
