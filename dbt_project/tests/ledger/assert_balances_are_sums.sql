{#-
    Detects a balance that is not the sum of its postings: on the as-of day,
    every account up to the end of that day.
    A returned row is a company with the balance of an account and the sum.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

balances as (
    select * from {{ ref("agg_slot_balances") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

sums as (
    select
        ledger.company_id,
        ledger.account,
        sum(ledger.quantity) as quantity
    from ledger
    inner join as_of
        on {{ local_date("ledger.effective_at") }} <= as_of.as_of_date
    group by
        ledger.company_id,
        ledger.account
),

latest as (
    select balances.*
    from balances
    inner join as_of
        on balances.balance_date = as_of.as_of_date
)

{% for account, column in [
    ("points", "points_balance"),
    ("slots", "slots_balance"),
    ("issued", "-slots_granted"),
    ("slots_reserved", "slots_reserved"),
    ("slots_used", "slots_used"),
    ("slots_expired", "slots_expired"),
] %}
select
    latest.company_id,
    '{{ account }}' as account,
    {{ column }} as balance,
    sums.quantity
from latest
left join sums
    on
        latest.company_id = sums.company_id
        and sums.account = '{{ account }}'
where {{ column }} != coalesce(sums.quantity, 0)
{% if not loop.last %}union all{% endif %}
{% endfor %}
