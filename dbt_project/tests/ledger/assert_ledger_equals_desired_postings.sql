{#-
    Detects a ledger that does not say what is known now: after a run the
    postings that stand must be exactly the desired ones.
    A returned row is a posting key whose sum stands on one side only, or with
    different amounts.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

desired as (
    select * from {{ ref("int_postings_desired") }}
),

standing as (
    select
        posting_key,
        effective_at,
        sum(quantity) as quantity
    from ledger
    group by
        posting_key,
        effective_at
    having sum(quantity) != 0
)

select
    coalesce(standing.posting_key, desired.posting_key) as posting_key,
    standing.quantity as standing_quantity,
    desired.quantity as desired_quantity
from standing
full outer join desired
    on
        standing.posting_key = desired.posting_key
        and standing.effective_at = desired.effective_at
where
    standing.quantity is null
    or desired.quantity is null
    or standing.quantity != desired.quantity
