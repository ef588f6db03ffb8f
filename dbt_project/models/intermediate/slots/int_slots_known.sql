{#-
    Slots that an introduction may refer to: those that are earned, and beyond
    them those that were granted before and whose points have gone since.
-#}
with

earned as (
    select * from {{ ref("int_slots_earned") }}
),

active as (
    select * from {{ ref("int_ledger_active") }}
),

contracts as (
    select * from {{ ref("int_contracts_unioned") }}
),

totals as (
    select
        company_id,
        max(slot_number) as slots
    from earned
    group by company_id
),

granted_before as (
    select
        active.company_id,
        cast(
            replace(
                active.transaction_id, 'grant:' || active.company_id || ':', ''
            ) as integer
        ) as slot_number,
        active.contract_id,
        active.cause_id as registration_id,
        active.effective_at as granted_at,
        points.quantity as points_quantity
    from active
    left join active as points
        on
            active.transaction_id = points.transaction_id
            and points.account = 'points'
    where
        active.account = 'slots'
        and active.cause = 'threshold_reached'
),

unioned as (
    select
        earned.*,
        true as is_supported
    from earned
    union all
    select
        granted_before.*,
        false as is_supported
    from granted_before
    left join totals
        on granted_before.company_id = totals.company_id
    where granted_before.slot_number > coalesce(totals.slots, 0)
),

dated as (
    select
        unioned.*,
        contracts.slot_used_by,
        {{ local_date("unioned.granted_at") }} as granted_date,
        {{ add_days(
            local_date("unioned.granted_at"), "contracts.slot_valid_days"
        ) }} as expiry_date
    from unioned
    left join contracts
        on unioned.contract_id = contracts.contract_id
),

final as (
    select
        company_id || ':' || slot_number as slot_id,
        company_id,
        slot_number,
        contract_id,
        registration_id,
        granted_at,
        granted_date,
        expiry_date,
        slot_used_by,
        points_quantity,
        is_supported
    from dated
)

select * from final
