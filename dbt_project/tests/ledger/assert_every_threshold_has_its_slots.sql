{#-
    Detects slots that were not made: per contract version they are the whole
    thresholds in its points, also when one registration earns more of them
    than the series in int_slots_earned can number.
    A returned row is a contract version with both numbers.
-#}
with

contracts as (
    select * from {{ ref("int_contracts_carried") }}
),

slots as (
    select * from {{ ref("int_slots_earned") }}
),

earned as (
    select
        contract_id,
        count(*) as slots
    from slots
    group by contract_id
)

select
    contracts.contract_id,
    coalesce(earned.slots, 0) as slots,
    {{ floor_div(
        "contracts.carry_in + contracts.counts", "contracts.threshold"
    ) }} * contracts.slots_per_threshold as expected_slots
from contracts
left join earned
    on contracts.contract_id = earned.contract_id
where
    coalesce(earned.slots, 0)
    != {{ floor_div(
        "contracts.carry_in + contracts.counts", "contracts.threshold"
    ) }} * contracts.slots_per_threshold
