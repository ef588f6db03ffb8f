{#-
    Detects a reversal that does not take back exactly what it names: transaction,
    company, account, contract, effective time and the negated quantity.
    A returned row is such a reversal.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

originals as (
    select * from {{ ref("fct_slot_ledger") }}
)

select ledger.*
from ledger
left join originals
    on
        ledger.reversal_of = originals.posting_id
        and originals.reversal_of is null
        and ledger.company_id = originals.company_id
        and ledger.transaction_id = originals.transaction_id
        and ledger.unit = originals.unit
        and ledger.account = originals.account
        and ledger.contract_id = originals.contract_id
        and ledger.effective_at = originals.effective_at
        and ledger.quantity = -originals.quantity
        and ledger.batch > originals.batch
where
    ledger.reversal_of is not null
    and originals.posting_id is null
