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
        {{ local_date("effective_at") }} as effective_date,
        {{ local_date("recorded_at") }} as recorded_date
    from postings
),

starts as (
    select
        company_id,
        min(effective_date) as first_effective_date,
        min(recorded_date) as first_recorded_date
    from dated
    group by company_id
),

days as (
    select dates.date_day
    from dates
    cross join as_of
    where
        dates.date_day = as_of.as_of_date
        or (dates.is_month_end and dates.date_day < as_of.as_of_date)
),

pairs as (
    select
        starts.company_id,
        known.date_day as known_date,
        balances.date_day as balance_date
    from starts
    inner join days as known
        on starts.first_recorded_date <= known.date_day
    inner join days as balances
        on
            starts.first_effective_date <= balances.date_day
            and known.date_day >= balances.date_day
),

changes as (
    select
        company_id,
        recorded_date,
        effective_date,
        account,
        sum(quantity) as quantity
    from dated
    group by
        company_id,
        recorded_date,
        effective_date,
        account
),

summed as (
    select
        pairs.company_id,
        pairs.known_date,
        pairs.balance_date,
        {{ account_sum('points') }} as points,
        {{ account_sum('slots') }} as slots,
        {{ account_sum('issued') }} as issued,
        {{ account_sum('slots_reserved') }} as slots_reserved,
        {{ account_sum('slots_used') }} as slots_used,
        {{ account_sum('slots_expired') }} as slots_expired
    from pairs
    left join changes
        on
            pairs.company_id = changes.company_id
            and pairs.known_date >= changes.recorded_date
            and pairs.balance_date >= changes.effective_date
    group by
        pairs.company_id,
        pairs.known_date,
        pairs.balance_date
),

final as (
    select
        company_id,
        known_date,
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
