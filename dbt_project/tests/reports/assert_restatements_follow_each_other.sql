{#-
    Detects a restatement that does not follow the version it names: the same
    company, month and metric, the version just before, its value, and not an
    earlier time.
    A returned row is such a restatement.
-#}
with

reported as (
    select * from {{ ref("rpt_monthly") }}
),

restated as (
    select * from {{ ref("rpt_monthly") }}
)

select reported.*
from reported
left join restated
    on
        reported.restates = restated.report_id
        and reported.company_id = restated.company_id
        and reported.report_month = restated.report_month
        and reported.metric = restated.metric
        and reported.report_version = restated.report_version + 1
        and reported.previous_value = restated.value
        and reported.recorded_at >= restated.recorded_at
where
    reported.restates is not null
    and restated.report_id is null
