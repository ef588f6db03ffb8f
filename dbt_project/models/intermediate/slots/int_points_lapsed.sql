{#-
    The points that lapsed: what was open when a version that forfeits them
    started.
-#}
with

segments as (
    select * from {{ ref("int_points_carried") }}
),

lapses as (
    select * from {{ ref("int_contracts_forfeiting") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by company_id, lapse_number
            order by segment_number desc
        ) as recency
    from segments
),

final as (
    select
        lapses.contract_id,
        lapses.company_id,
        lapses.lapses_at as lapsed_at,
        ranked.carry_out as points
    from ranked
    inner join lapses
        on
            ranked.company_id = lapses.company_id
            and ranked.lapse_number + 1 = lapses.lapse_number
    inner join as_of
        on lapses.lapses_at <= as_of.as_of_at
    where
        ranked.recency = 1
        and ranked.carry_out > 0
)

select * from final
