{#-
    The points that a segment of counts starts with: what the one before it
    left over, unless that lapsed in between.
-#}
with {{ recursive() }}

points as (
    select * from {{ ref("int_points_numbered") }}
),

contracts as (
    select * from {{ ref("int_contracts_unioned") }}
),

segments as (
    select
        points.company_id,
        points.segment_number,
        points.contract_id,
        points.lapse_number,
        contracts.threshold,
        contracts.slots_per_threshold,
        max(points.count_number) as counts
    from points
    inner join contracts
        on points.contract_id = contracts.contract_id
    group by
        points.company_id,
        points.segment_number,
        points.contract_id,
        points.lapse_number,
        contracts.threshold,
        contracts.slots_per_threshold
),

carried as (
    select
        *,
        0 as carry_in,
        mod(counts, threshold) as carry_out
    from segments
    where segment_number = 1
    union all
    select
        segments.*,
        case
            when segments.lapse_number = carried.lapse_number
                then carried.carry_out
            else 0
        end as carry_in,
        mod(
            segments.counts
            + case
                when segments.lapse_number = carried.lapse_number
                    then carried.carry_out
                else 0
            end,
            segments.threshold
        ) as carry_out
    from carried
    inner join segments
        on
            carried.company_id = segments.company_id
            and carried.segment_number + 1 = segments.segment_number
)

select * from carried
