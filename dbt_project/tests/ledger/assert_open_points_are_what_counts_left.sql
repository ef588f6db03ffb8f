{#-
    Detects open points that are not what the last segment of counts left
    over, if it has not lapsed since: whole thresholds became slots, the rest
    is open.
    A returned row is a company with the points of both.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

segments as (
    select * from {{ ref("int_points_carried") }}
),

lapsed as (
    select * from {{ ref("int_points_lapsed") }}
),

lapses as (
    select * from {{ ref("int_contracts_forfeiting") }}
),

ranked as (
    select
        company_id,
        lapse_number,
        carry_out,
        row_number() over (
            partition by company_id
            order by segment_number desc
        ) as recency
    from segments
),

expected as (
    select
        ranked.company_id,
        ranked.carry_out - coalesce(lapsed.points, 0) as points
    from ranked
    left join lapses
        on
            ranked.company_id = lapses.company_id
            and ranked.lapse_number + 1 = lapses.lapse_number
    left join lapsed
        on lapses.contract_id = lapsed.contract_id
    where ranked.recency = 1
),

booked as (
    select
        company_id,
        sum(quantity) as points
    from ledger
    where account = 'points'
    group by company_id
)

select
    booked.company_id,
    booked.points,
    expected.points as expected_points
from booked
left join expected
    on booked.company_id = expected.company_id
where booked.points != coalesce(expected.points, 0)
