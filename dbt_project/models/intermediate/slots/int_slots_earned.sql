{#-
    The slots that the counted registrations support, numbered in the order in
    which they were earned. The first slot of each threshold pays its points.
    One registration can earn 128 slots at most; a test refuses more.
-#}
with

points as (
    select * from {{ ref("int_points_numbered") }}
),

contracts as (
    select * from {{ ref("int_contracts_carried") }}
),

thresholds_reached as (
    select
        points.company_id,
        points.registration_id,
        points.counted_at,
        points.contract_id,
        contracts.threshold,
        contracts.slots_per_threshold,
        {{ floor_div(
            "contracts.carry_in + points.count_number", "contracts.threshold"
        ) }}
        - case
            when points.count_number = 1 then 0
            else {{ floor_div(
                "contracts.carry_in + points.count_number - 1",
                "contracts.threshold"
            ) }}
        end as thresholds
    from points
    inner join contracts
        on points.contract_id = contracts.contract_id
),

grants as (
    select
        *,
        thresholds * slots_per_threshold as slots,
        coalesce(sum(thresholds * slots_per_threshold) over (
            partition by company_id
            order by counted_at, {{ byte_order("registration_id") }}
            rows between unbounded preceding and 1 preceding
        ), 0) as slots_before
    from thresholds_reached
    where thresholds * slots_per_threshold > 0
),

numbers as (
    select cast(generated_number as integer) as number
    from ({{ generate_series(128) }}) as series
),

final as (
    select
        grants.company_id,
        cast(grants.slots_before + numbers.number as integer) as slot_number,
        grants.contract_id,
        grants.registration_id,
        grants.counted_at as granted_at,
        case
            when mod(numbers.number - 1, grants.slots_per_threshold) = 0
                then -grants.threshold
        end as points_quantity
    from grants
    inner join numbers
        on grants.slots >= numbers.number
)

select * from final
