{#-
    Detects a slot that was taken before it was there. At one instant, what
    gives is booked before what takes.
    A returned row is the posting at which the company's slots fall below zero.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

standing as (
    select
        company_id,
        posting_key,
        effective_at,
        sum(quantity) as quantity
    from ledger
    where account = 'slots'
    group by
        company_id,
        posting_key,
        effective_at
),

balances as (
    select
        *,
        sum(quantity) over (
            partition by company_id
            order by effective_at asc, quantity desc, posting_key asc
            rows between unbounded preceding and current row
        ) as balance
    from standing
)

select *
from balances
where balance < 0
