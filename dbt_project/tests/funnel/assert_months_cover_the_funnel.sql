{#-
    Detects a monthly funnel that lost applications: over all cohorts, each
    company's rejected and counted are those of the funnel itself.
    A returned row is a company with both counts of each.
-#}
with

months as (
    select *
    from {{ ref("agg_funnel_monthly") }}
    where basis = 'cohort' and segment_type = 'all'
),

funnel as (
    select * from {{ ref("fct_relay_funnel") }}
),

summed as (
    select
        company_id,
        sum(case when step = 'rejected' then reached else 0 end) as rejected,
        sum(case when step = 'counted' then reached else 0 end) as counted
    from months
    group by company_id
),

expected as (
    select
        company_id,
        count(*) as rejected,
        count(counted_at) as counted
    from funnel
    group by company_id
)

select
    expected.company_id,
    expected.rejected as rejected_expected,
    summed.rejected as rejected_found,
    expected.counted as counted_expected,
    summed.counted as counted_found
from expected
full outer join summed
    on expected.company_id = summed.company_id
where
    expected.company_id is null
    or summed.company_id is null
    or expected.rejected != summed.rejected
    or expected.counted != summed.counted
