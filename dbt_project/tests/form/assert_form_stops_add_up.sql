{#-
    Detects forms that got lost between the questions: everybody who opened one
    has sent it, abandoned it at one question or has it open at one.
    A returned row is a form's month and device with both numbers.
-#}
with

friction as (
    select * from {{ ref("agg_form_friction") }}
)

select
    company_id,
    month,
    form_version,
    device,
    max(opened) as opened,
    max(completed) + sum(abandoned) + sum(still_open) as ended
from friction
group by
    company_id,
    month,
    form_version,
    device
having max(opened) != max(completed) + sum(abandoned) + sum(still_open)
