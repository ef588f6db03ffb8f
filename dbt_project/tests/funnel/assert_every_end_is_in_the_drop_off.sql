{#-
    Detects applications that ended and are missing from the drop-off by stage.
    A returned row is a company with both counts.
-#}
with

dropoff as (
    select * from {{ ref("agg_stage_dropoff") }}
),

applications as (
    select *
    from {{ ref("fct_applications") }}
    where outcome not in ('in_process', 'hired')
),

expected as (
    select
        company_id,
        count(*) as ended
    from applications
    group by company_id
),

found as (
    select
        company_id,
        sum(left_here) as ended
    from dropoff
    group by company_id
)

select
    expected.company_id,
    expected.ended as ended_expected,
    found.ended as ended_found
from expected
left join found
    on expected.company_id = found.company_id
where found.ended is null or expected.ended != found.ended
