{#-
    Detects months whose segments do not add up to the whole.
    A returned row is one segment type and step with both sums.
-#}
with

funnel as (
    select * from {{ ref("agg_funnel_monthly") }}
),

wholes as (
    select *
    from {{ ref("agg_funnel_monthly") }}
    where segment_type = 'all'
)

select
    funnel.company_id,
    funnel.basis,
    funnel.month,
    funnel.segment_type,
    funnel.step,
    sum(funnel.reached) as segments,
    max(wholes.reached) as whole
from funnel
left join wholes
    on
        funnel.company_id = wholes.company_id
        and funnel.basis = wholes.basis
        and funnel.month = wholes.month
        and funnel.step = wholes.step
group by
    funnel.company_id,
    funnel.basis,
    funnel.month,
    funnel.segment_type,
    funnel.step
having
    max(wholes.reached) is null
    or sum(funnel.reached) != max(wholes.reached)
