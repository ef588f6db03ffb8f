{#-
    Counted registrations that earn a point (a count on a day without a
    contract earns none), in segments: counts in a row under one contract
    version between two moments at which points lapse. Within a segment, points
    are a matter of arithmetic.
-#}
with

counted as (
    select * from {{ ref("int_registrations_counted") }}
),

lapses as (
    select * from {{ ref("int_contracts_forfeiting") }}
),

dated as (
    select
        counted.company_id,
        counted.registration_id,
        counted.counted_at,
        counted.contract_id,
        coalesce(max(lapses.lapse_number), 0) as lapse_number
    from counted
    left join lapses
        on
            counted.company_id = lapses.company_id
            and counted.counted_at >= lapses.lapses_at
    where counted.contract_id is not null
    group by
        counted.company_id,
        counted.registration_id,
        counted.counted_at,
        counted.contract_id
),

compared as (
    select
        *,
        case
            when
                contract_id = lag(contract_id) over in_order
                and lapse_number = lag(lapse_number) over in_order
                then 0
            else 1
        end as is_first
    from dated
    window in_order as (
        partition by company_id
        order by counted_at, {{ byte_order("registration_id") }}
    )
),

segmented as (
    select
        *,
        sum(is_first) over (
            partition by company_id
            order by counted_at, {{ byte_order("registration_id") }}
            rows between unbounded preceding and current row
        ) as segment_number
    from compared
),

final as (
    select
        company_id,
        registration_id,
        counted_at,
        contract_id,
        lapse_number,
        cast(segment_number as {{ type_int() }}) as segment_number,
        cast(row_number() over (
            partition by company_id, segment_number
            order by counted_at, {{ byte_order("registration_id") }}
        ) as {{ type_int() }}) as count_number
    from segmented
)

select * from final
