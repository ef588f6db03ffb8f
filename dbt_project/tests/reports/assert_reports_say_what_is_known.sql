{#-
    Detects a report that lags behind: after a run the newest version of every
    figure must be what its metric says now.
    A returned row is a figure with both values.
-#}
with

reported as (
    select * from {{ ref("rpt_monthly_current") }}
),

metrics as (
    select * from {{ ref("int_metrics_monthly") }}
),

listed as (
    select * from {{ ref("int_metrics_listed") }}
)

select
    reported.company_id,
    reported.report_month,
    reported.metric,
    reported.value,
    coalesce(metrics.value, 0) as known_value
from reported
inner join listed
    on
        reported.metric = listed.metric
        and listed.report_order is not null
left join metrics
    on
        reported.company_id = metrics.company_id
        and reported.report_month = metrics.month
        and reported.metric = metrics.metric
where
    reported.value != coalesce(metrics.value, 0)
    and listed.known_until >= {{ month_end("reported.report_month") }}
