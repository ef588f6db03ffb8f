{#-
    The points that a contract version starts with: what the one before it left
    over. Versions in which nothing was counted pass the carry on.
-#}
with {{ recursive() }}

contracts as (
    select * from {{ ref("int_contracts_unioned") }}
),

points as (
    select * from {{ ref("int_points_numbered") }}
),

totals as (
    select
        contract_id,
        max(count_number) as counts
    from points
    group by contract_id
),

versions as (
    select
        contracts.company_id,
        contracts.contract_id,
        contracts.threshold,
        contracts.slots_per_threshold,
        totals.counts,
        row_number() over (
            partition by contracts.company_id
            order by
                contracts.valid_from,
                {{ byte_order("contracts.contract_version") }}
        ) as version_number
    from contracts
    inner join totals
        on contracts.contract_id = totals.contract_id
),

carried as (
    select
        *,
        0 as carry_in
    from versions
    where version_number = 1
    union all
    select
        versions.*,
        mod(carried.carry_in + carried.counts, carried.threshold) as carry_in
    from carried
    inner join versions
        on
            carried.company_id = versions.company_id
            and carried.version_number + 1 = versions.version_number
),

final as (
    select
        company_id,
        contract_id,
        threshold,
        slots_per_threshold,
        counts,
        carry_in
    from carried
)

select * from final
