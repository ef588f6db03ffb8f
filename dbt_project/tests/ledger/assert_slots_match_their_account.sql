{#-
    Detects a slot account that disagrees with the slots themselves: its
    balance is the number of available slots, its grants their number.
    A returned row is a company with the two counts of each.
-#}
with

slots as (
    select * from {{ ref("fct_slots") }}
),

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

counted as (
    select
        company_id,
        count(*) as granted,
        sum(case when status = 'available' then 1 else 0 end) as available
    from slots
    group by company_id
),

booked as (
    select
        company_id,
        sum(quantity) as balance,
        sum(case
            when posting_key like 'grant:%' then quantity
            else 0
        end) as granted
    from ledger
    where account = 'slots'
    group by company_id
)

select
    coalesce(counted.company_id, booked.company_id) as company_id,
    counted.available,
    booked.balance,
    counted.granted as slots_granted,
    booked.granted as grants_booked
from counted
full outer join booked
    on counted.company_id = booked.company_id
where
    coalesce(counted.available, 0) != coalesce(booked.balance, 0)
    or coalesce(counted.granted, 0) != coalesce(booked.granted, 0)
