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

dated as (
    select
        company_id,
        account,
        quantity,
        {{ local_date("effective_at") }} as effective_date
    from postings
),

changes as (
    select
        company_id,
        effective_date,
        {{ account_sum('points') }} as points,
        {{ account_sum('slots') }} as slots,
        {{ account_sum('issued') }} as issued,
        {{ account_sum('slots_reserved') }} as slots_reserved,
        {{ account_sum('slots_used') }} as slots_used,
        {{ account_sum('slots_expired') }} as slots_expired
    from dated
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

summed as (
    select
        days.company_id,
        days.balance_date,
        sum(coalesce(changes.points, 0)) over so_far as points,
        sum(coalesce(changes.slots, 0)) over so_far as slots,
        sum(coalesce(changes.issued, 0)) over so_far as issued,
        sum(coalesce(changes.slots_reserved, 0)) over so_far as slots_reserved,
        sum(coalesce(changes.slots_used, 0)) over so_far as slots_used,
        sum(coalesce(changes.slots_expired, 0)) over so_far as slots_expired
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
),

final as (
    select
        company_id,
        balance_date,
        cast(points as {{ type_int() }}) as points_balance,
        cast(slots as {{ type_int() }}) as slots_balance,
        cast(-issued as {{ type_int() }}) as slots_granted,
        cast(slots_reserved as {{ type_int() }}) as slots_reserved,
        cast(slots_used as {{ type_int() }}) as slots_used,
        cast(slots_expired as {{ type_int() }}) as slots_expired
    from summed
)

select * from final
