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
        counting_event,
        threshold,
        slots_per_threshold,
        slot_valid_days,
        slot_used_by,
        dedupe_scope
    from contracts
)

select * from final
