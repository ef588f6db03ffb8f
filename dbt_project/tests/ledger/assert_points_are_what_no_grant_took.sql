{#-
    Detects points that were not turned into slots though they reach the
    threshold, or taken though they did not. Slots that are kept because they
    are in use, without points behind them, may take the account below zero.
    A returned row is a company with its points and the bounds they broke.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

slots as (
    select * from {{ ref("int_slots_settled") }}
),

points as (
    select * from {{ ref("int_points_numbered") }}
),

contracts as (
    select * from {{ ref("dim_contracts") }}
),

latest as (
    select
        points.company_id,
        contracts.threshold,
        row_number() over (
            partition by points.company_id
            order by
                points.counted_at desc,
                {{ byte_order("points.registration_id") }} desc
        ) as position
    from points
    inner join contracts
        on points.contract_id = contracts.contract_id
),

unsupported as (
    select
        company_id,
        sum(points_quantity) as points
    from slots
    where not is_supported
    group by company_id
),

balances as (
    select
        company_id,
        sum(quantity) as points
    from ledger
    where account = 'points'
    group by company_id
)

select
    balances.company_id,
    balances.points,
    coalesce(unsupported.points, 0) as least,
    coalesce(unsupported.points, 0) + latest.threshold as too_many
from balances
left join latest
    on
        balances.company_id = latest.company_id
        and latest.position = 1
left join unsupported
    on balances.company_id = unsupported.company_id
where
    balances.points < coalesce(unsupported.points, 0)
    or balances.points
    >= coalesce(unsupported.points, 0) + coalesce(latest.threshold, 1)
