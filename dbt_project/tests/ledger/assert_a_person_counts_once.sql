{#-
    Detects a human for whom a company got a point although another one of
    theirs, within the scope of the contract of the later one, was counted
    before and not long enough ago.
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

counts as (
    select
        standing.*,
        registrations.person_id,
        registrations.group_person_id,
        registrations.programme_person_id,
        contracts.dedupe_scope,
        contracts.dedupe_window_days,
        row_number() over (
            order by
                standing.effective_at,
                {{ byte_order("standing.registration_id") }}
        ) as position
    from standing
    inner join registrations
        on standing.registration_id = registrations.registration_id
    inner join contracts
        on standing.contract_id = contracts.contract_id
)

select
    later_counts.*,
    earlier_counts.registration_id as earlier_registration_id,
    earlier_counts.effective_at as earlier_effective_at
from counts as later_counts
inner join counts as earlier_counts
    on
        later_counts.programme_person_id = earlier_counts.programme_person_id
        and later_counts.position > earlier_counts.position
where
    case later_counts.dedupe_scope
        when 'programme' then true
        when 'group'
            then later_counts.group_person_id = earlier_counts.group_person_id
        else
            later_counts.company_id = earlier_counts.company_id
            and later_counts.person_id = earlier_counts.person_id
    end
    and (
        later_counts.dedupe_window_days is null
        or {{ seconds_between(
            "earlier_counts.effective_at", "later_counts.effective_at"
        ) }} < 86400 * later_counts.dedupe_window_days
    )
