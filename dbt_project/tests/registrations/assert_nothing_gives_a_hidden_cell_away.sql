{#-
    Detects attributes of which exactly one value is hidden: the others and the
    company's own row would give it away. A returned row is such an attribute,
    with how many values it has.
-#}
select
    company_id,
    attribute,
    count(*) as cells
from {{ ref("agg_registration_by_attribute") }}
group by company_id, attribute
having
    count(case when is_suppressed then 1 end) = 1
    and count(*) > 1
