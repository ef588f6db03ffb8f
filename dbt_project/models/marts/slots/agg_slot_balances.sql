with

postings as (
    select * from {{ ref("fct_slot_ledger") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

caused as (
    select
        postings.company_id,
        postings.account,
        postings.quantity,
        {{ local_date("postings.effective_at") }} as effective_date,
        coalesce(originals.cause, postings.cause) as cause
    from postings
    left join postings as originals
        on postings.reversal_of = originals.posting_id
),

changes as (
    select
        company_id,
        effective_date,
        sum(case when account = 'points' then quantity else 0 end) as points,
        sum(case when account = 'slots' then quantity else 0 end) as slots,
        sum(case
            when account = 'slots' and cause = 'threshold_reached'
                then quantity
            else 0
        end) as slots_granted,
        sum(case
            when cause in ('slot_used', 'slot_reserved', 'slot_returned')
                then -quantity
            else 0
        end) as slots_used
    from caused
    group by
        company_id,
        effective_date
),

starts as (
    select
        company_id,
        min(effective_date) as first_date
    from changes
    group by company_id
),

days as (
    select
        starts.company_id,
        dates.date_day as balance_date
    from starts
    cross join as_of
    inner join dates
        on
            starts.first_date <= dates.date_day
            and as_of.as_of_date >= dates.date_day
),

final as (
    select
        days.company_id,
        days.balance_date,
        cast(
            sum(coalesce(changes.points, 0)) over so_far as {{ type_int() }}
        ) as points_balance,
        cast(
            sum(coalesce(changes.slots, 0)) over so_far as {{ type_int() }}
        ) as slots_balance,
        cast(
            sum(coalesce(changes.slots_granted, 0)) over so_far
            as {{ type_int() }}
        ) as slots_granted,
        cast(
            sum(coalesce(changes.slots_used, 0)) over so_far as {{ type_int() }}
        ) as slots_used
    from days
    left join changes
        on
            days.company_id = changes.company_id
            and days.balance_date = changes.effective_date
    window so_far as (
        partition by days.company_id
        order by days.balance_date
        rows between unbounded preceding and current row
    )
)

select * from final
