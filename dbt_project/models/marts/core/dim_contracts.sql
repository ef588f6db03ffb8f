with

contracts as (
    select * from {{ ref("int_contracts_unioned") }}
),

final as (
    select
        contract_id,
        company_id,
        contract_version,
        valid_from,
        valid_to,
        stated_date,
        in_force_from,
        counting_event,
        eligible_stages,
        eligible_channels,
        excluded_channels,
        eligible_employment_types,
        threshold,
        slots_per_threshold,
        slot_valid_days,
        dedupe_scope,
        slot_used_by,
        slot_returned_by,
        early_leave_days,
        points_carry_over,
        dedupe_window_days,
        withdrawal_effect
    from contracts
)

select * from final
