{#-
    Detects single entries: what a run posts of a transaction sums to zero per
    unit and moment, reversals included. What was posted before there were
    counter accounts is reversed by now.
    A returned row is a transaction, its unit and what is left over.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
)

select
    transaction_id,
    company_id,
    unit,
    batch,
    effective_at,
    sum(quantity) as quantity
from ledger
where posting_key like '%/%'
group by
    transaction_id,
    company_id,
    unit,
    batch,
    effective_at
having sum(quantity) != 0
