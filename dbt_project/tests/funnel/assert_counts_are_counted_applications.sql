{#-
    Detects a company whose counted registrations do not belong to as many
    counted applications, one each but for those that count again.
    A returned row is a company with both numbers.
-#}
with

funnel as (
    select * from {{ ref("fct_relay_funnel") }}
),

counted as (
    select * from {{ ref("int_registrations_counted") }}
),

earned as (
    select
        counted.company_id,
        count(*) as registrations
    from counted
    where counted.is_first_of_application
    group by counted.company_id
),

applications as (
    select
        company_id,
        count(counted_at) as applications
    from funnel
    group by company_id
)

select
    applications.company_id,
    applications.applications,
    earned.registrations
from applications
left join earned
    on applications.company_id = earned.company_id
where applications.applications != coalesce(earned.registrations, 0)
