{#-
    Detects something taken before it was there: a company's points or slots,
    or one slot, below zero in an account that is not a source. At one instant,
    what gives is booked before what takes.
    A returned row is the posting at which the account falls below zero.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

standing as (
    select
        company_id,
        account,
        slot_id,
        posting_key,
        effective_at,
        sum(quantity) as quantity
    from ledger
    where account not in ('counted', 'issued')
    group by
        company_id,
        account,
        slot_id,
        posting_key,
        effective_at
    having sum(quantity) != 0
),

balances as (
    select
        *,
        sum(quantity) over (
            partition by company_id, account, slot_id
            order by effective_at asc, quantity desc, posting_key asc
            rows between unbounded preceding and current row
        ) as balance
    from standing
)

select *
from balances
where balance < 0
