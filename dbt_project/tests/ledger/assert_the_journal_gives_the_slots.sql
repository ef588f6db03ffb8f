{#-
    Detects slots that a replay of the journal does not give: which there are,
    when each was granted and by which contract, in which account it is at the
    as-of time, when it was reserved, used, returned and expired last, and by
    whom.
    A returned row is a slot with both statuses.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

slots as (
    select * from {{ ref("fct_slots") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

reversals as (
    select reversal_of
    from ledger
    where reversal_of is not null
),

standing as (
    select ledger.*
    from ledger
    left join reversals
        on ledger.posting_id = reversals.reversal_of
    where
        ledger.slot_id is not null
        and ledger.reversal_of is null
        and reversals.reversal_of is null
),

accounts as (
    select
        standing.slot_id,
        standing.account,
        sum(standing.quantity) as quantity
    from standing
    inner join as_of
        on standing.effective_at <= as_of.as_of_at
    group by
        standing.slot_id,
        standing.account
),

statuses as (
    select
        slot_id,
        case account
            when 'slots' then 'available'
            when 'slots_reserved' then 'reserved'
            when 'slots_used' then 'used'
            when 'slots_expired' then 'expired'
        end as status
    from accounts
    where
        account != 'issued'
        and quantity = 1
),

holds as (
    select
        standing.slot_id,
        standing.cause,
        standing.cause_id as introduction_id,
        standing.effective_at as held_at,
        row_number() over (
            partition by standing.slot_id
            order by
                standing.effective_at desc,
                case when returns.posting_id is null then 0 else 1 end,
                returns.effective_at desc,
                intros.introduced_date desc,
                {{ byte_order("standing.cause_id") }} desc
        ) as recency
    from standing
    inner join as_of
        on standing.effective_at <= as_of.as_of_at
    left join standing as returns
        on
            standing.cause_id = returns.cause_id
            and standing.slot_id = returns.slot_id
            and returns.cause = 'slot_returned'
            and returns.quantity > 0
    left join {{ ref("stg_operator__introductions") }} as intros
        on standing.cause_id = intros.introduction_id
    where
        standing.transaction_id like 'hold:%'
        and standing.quantity > 0
),

replayed as (
    select
        granted.slot_id,
        granted.contract_id,
        granted.effective_at as granted_at,
        statuses.status,
        holds.introduction_id,
        case
            when holds.cause = 'slot_reserved' then holds.held_at
        end as reserved_at,
        used.effective_at as used_at,
        returned.effective_at as returned_at,
        expired.effective_at as expired_at
    from standing as granted
    left join statuses
        on granted.slot_id = statuses.slot_id
    left join holds
        on
            granted.slot_id = holds.slot_id
            and holds.recency = 1
    left join standing as used
        on
            granted.slot_id = used.slot_id
            and holds.introduction_id = used.cause_id
            and used.cause = 'slot_used'
            and used.quantity > 0
    left join standing as returned
        on
            granted.slot_id = returned.slot_id
            and holds.introduction_id = returned.cause_id
            and returned.cause = 'slot_returned'
            and returned.quantity > 0
    left join standing as expired
        on
            granted.slot_id = expired.slot_id
            and expired.cause = 'slot_expired'
            and expired.quantity > 0
    where
        granted.cause = 'threshold_reached'
        and granted.quantity > 0
)

select
    slots.slot_id,
    slots.status,
    replayed.slot_id as replayed_slot_id,
    replayed.status as replayed_status
from slots
full outer join replayed
    on slots.slot_id = replayed.slot_id
where
    slots.slot_id is null
    or replayed.slot_id is null
    or slots.contract_id != replayed.contract_id
    or slots.granted_at != replayed.granted_at
    or slots.status != coalesce(replayed.status, 'available')
    {% for column in [
        "introduction_id", "reserved_at", "used_at", "returned_at", "expired_at"
    ] -%}
    or slots.{{ column }} is distinct from replayed.{{ column }}
    {% endfor %}
