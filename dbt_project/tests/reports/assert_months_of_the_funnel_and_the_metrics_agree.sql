{#-
    Detects a metric of the funnel that disagrees with agg_funnel_monthly, which
    counts the same applications by its own rules.
    A returned row is a company, month and step with both counts.
-#}
with

metrics as (
    select * from {{ ref("int_metrics_monthly") }}
),

funnel as (
    select
        company_id,
        month,
        case
            when basis = 'cohort' or step = 'rejected' then step
            else step || '_in_month'
        end as metric,
        reached
    from {{ ref("agg_funnel_monthly") }}
    where
        segment_type = 'all'
        and (basis = 'cohort' or step != 'rejected')
)

select
    funnel.*,
    metrics.value
from funnel
left join metrics
    on
        funnel.company_id = metrics.company_id
        and funnel.month = metrics.month
        and funnel.metric = metrics.metric
where coalesce(metrics.value, 0) != funnel.reached
