{#- Every slot with what its contract says about its life. -#}
with

earned as (
    select * from {{ ref("int_slots_earned") }}
),

contracts as (
    select * from {{ ref("int_contracts_unioned") }}
),

dated as (
    select
        earned.*,
        contracts.slot_used_by,
        {{ in_list("'declined'", "contracts.slot_returned_by") }}
            as is_returned_when_declined,
        case
            when {{ in_list("'early_leave'", "contracts.slot_returned_by") }}
                then contracts.early_leave_days
            else 0
        end as early_leave_days,
        {{ add_days(
            local_date("earned.granted_at"), "contracts.slot_valid_days"
        ) }} as expiry_date
    from earned
    inner join contracts
        on earned.contract_id = contracts.contract_id
),

final as (
    select
        company_id || ':' || slot_number as slot_id,
        company_id,
        slot_number,
        grant_number,
        contract_id,
        registration_id,
        granted_at,
        {{ local_midnight("expiry_date") }} as expires_at,
        threshold,
        slot_used_by,
        is_returned_when_declined,
        early_leave_days
    from dated
)

select * from final
