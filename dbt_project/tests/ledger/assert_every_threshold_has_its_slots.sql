{#-
    Detects slots that were not made: per segment of counts they are the whole
    thresholds in its points, also when one registration earns more of them
    than the series in int_slots_earned can number.
    A returned row is a segment with both numbers.
-#}
with

segments as (
    select * from {{ ref("int_points_carried") }}
),

points as (
    select * from {{ ref("int_points_numbered") }}
),

slots as (
    select * from {{ ref("int_slots_earned") }}
),

earned as (
    select
        points.company_id,
        points.segment_number,
        count(*) as slots
    from slots
    inner join points
        on slots.registration_id = points.registration_id
    group by
        points.company_id,
        points.segment_number
)

select
    segments.company_id,
    segments.segment_number,
    coalesce(earned.slots, 0) as slots,
    {{ floor_div(
        "segments.carry_in + segments.counts", "segments.threshold"
    ) }} * segments.slots_per_threshold as expected_slots
from segments
left join earned
    on
        segments.company_id = earned.company_id
        and segments.segment_number = earned.segment_number
where
    coalesce(earned.slots, 0)
    != {{ floor_div(
        "segments.carry_in + segments.counts", "segments.threshold"
    ) }} * segments.slots_per_threshold
