{#-
    Detects retention tables that speak of different people: a curve whose
    first day does not hold everybody of its route, or events that are not the
    leavers known.
    A returned row is a company and route.
-#}
with

routed as (
    select * from {{ ref("int_employments_routed") }}
),

curves as (
    select * from {{ ref("agg_retention_curves") }}
),

rates as (
    select * from {{ ref("agg_retention_rates") }}
),

people as (
    select
        company_id,
        route,
        count(*) as people,
        count(case when has_left then 1 end) as leavers
    from routed
    group by company_id, route
),

drawn as (
    select
        company_id,
        route,
        max(at_risk) as people,
        sum(events) as leavers
    from curves
    where cohort = 'all'
    group by company_id, route
),

cohorts as (
    select
        company_id,
        route,
        sum(events + censored) as people
    from curves
    where cohort != 'all'
    group by company_id, route
),

rated as (
    select
        company_id,
        route,
        min(employments) as least,
        max(employments) as most
    from rates
    group by company_id, route
)

select
    people.company_id,
    people.route
from people
left join drawn
    on
        people.company_id = drawn.company_id
        and people.route = drawn.route
left join cohorts
    on
        people.company_id = cohorts.company_id
        and people.route = cohorts.route
left join rated
    on
        people.company_id = rated.company_id
        and people.route = rated.route
where
    coalesce(drawn.people, 0) != people.people
    or coalesce(drawn.leavers, 0) != people.leavers
    or coalesce(cohorts.people, 0) != people.people
    or coalesce(rated.least, 0) != people.people
    or coalesce(rated.most, 0) != people.people
