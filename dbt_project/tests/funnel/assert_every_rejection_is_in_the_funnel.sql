{#-
    Detects rejected applications that are missing from the funnel, and rows of
    the funnel that are no rejection.
    A returned row is such an application.
-#}
with

applications as (
    select *
    from {{ ref("fct_applications") }}
    where outcome = 'rejected_by_company'
),

funnel as (
    select * from {{ ref("fct_relay_funnel") }}
)

select
    applications.application_id,
    funnel.application_id as funnel_application_id
from applications
full outer join funnel
    on applications.application_id = funnel.application_id
where
    applications.application_id is null
    or funnel.application_id is null
