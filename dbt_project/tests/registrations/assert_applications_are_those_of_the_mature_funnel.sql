{#-
    Detects attributes that do not cover the rejections of the mature months.
    A returned row is a company and attribute with both numbers of applications.
-#}
with

cells as (
    select
        company_id,
        attribute,
        sum(applications) as applications
    from {{ ref("int_registration_cells") }}
    group by company_id, attribute
),

funnel as (
    select
        company_id,
        sum(reached) as rejected
    from {{ ref("agg_funnel_monthly") }}
    where
        basis = 'cohort'
        and segment_type = 'all'
        and step = 'rejected'
        and is_mature
    group by company_id
)

select
    coalesce(cells.company_id, funnel.company_id) as company_id,
    cells.attribute,
    cells.applications,
    funnel.rejected
from cells
full outer join funnel
    on cells.company_id = funnel.company_id
where
    cells.applications is null
    or funnel.rejected is null
    or cells.applications != funnel.rejected
