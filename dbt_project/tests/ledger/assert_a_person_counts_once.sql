{#-
    Detects a person for whom a company got more than one point, without the
    contract of the later one letting them count again by then.
    A returned row is the later posting.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

registrations as (
    select * from {{ ref("int_registrations_matched") }}
),

contracts as (
    select * from {{ ref("dim_contracts") }}
),

standing as (
    select
        company_id,
        cause_id as registration_id,
        contract_id,
        effective_at
    from ledger
    where
        transaction_id like 'count:%'
        and account = 'points'
    group by
        company_id,
        cause_id,
        contract_id,
        effective_at
    having sum(quantity) > 0
),

ordered as (
    select
        standing.*,
        contracts.dedupe_window_days,
        lag(standing.effective_at) over (
            partition by standing.company_id, registrations.person_id
            order by
                standing.effective_at,
                {{ byte_order("standing.registration_id") }}
        ) as counted_before_at
    from standing
    inner join registrations
        on standing.registration_id = registrations.registration_id
    inner join contracts
        on standing.contract_id = contracts.contract_id
)

select *
from ordered
where
    counted_before_at is not null
    and (
        dedupe_window_days is null
        or {{ seconds_between("counted_before_at", "effective_at") }}
        < 86400 * dedupe_window_days
    )
