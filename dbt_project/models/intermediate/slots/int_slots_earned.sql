{#-
    The slots that the counted registrations support, numbered in the order in
    which they were earned. A grant, one threshold of points, is named by its
    first slot.
    One registration can earn 128 slots at most; a test refuses more.
-#}
with

points as (
    select * from {{ ref("int_points_numbered") }}
),

segments as (
    select * from {{ ref("int_points_carried") }}
),

thresholds_reached as (
    select
        points.company_id,
        points.registration_id,
        points.counted_at,
        points.contract_id,
        segments.threshold,
        segments.slots_per_threshold,
        {{ floor_div(
            "segments.carry_in + points.count_number", "segments.threshold"
        ) }}
        - case
            when points.count_number = 1 then 0
            else {{ floor_div(
                "segments.carry_in + points.count_number - 1",
                "segments.threshold"
            ) }}
        end as thresholds
    from points
    inner join segments
        on
            points.company_id = segments.company_id
            and points.segment_number = segments.segment_number
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
        cast(
            grants.slots_before
            + numbers.number
            - mod(numbers.number - 1, grants.slots_per_threshold)
            as integer
        ) as grant_number,
        grants.contract_id,
        grants.registration_id,
        grants.counted_at as granted_at,
        grants.threshold
    from grants
    inner join numbers
        on grants.slots >= numbers.number
)

select * from final
