{#-
    Detects a company whose accounts of one unit do not sum to zero: points and
    slots only ever move from one account to another.
    A returned row is such a company, the unit and its sum.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
)

select
    company_id,
    unit,
    sum(quantity) as quantity
from ledger
group by
    company_id,
    unit
having sum(quantity) != 0
