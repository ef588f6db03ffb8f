{#-
    Two things that are never added up: what slots have saved by people who
    joined in the year, and (in the year of the as-of day) what the open
    introductions may still save.
-#}
with

months as (
    select * from {{ ref("agg_returns_monthly") }}
),

pipeline as (
    select * from {{ ref("int_introductions_valued") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

today as (
    select dates.fiscal_year
    from as_of
    inner join dates
        on as_of.as_of_date = dates.date_day
),

realised as (
    select
        company_id,
        fiscal_year,
        {% for column in (
            "slot_joins",
            "ranged_joins",
            "unpriced_joins",
            "avoided_fee_low_yen",
            "avoided_fee_high_yen",
            "refund_low_yen",
            "refund_high_yen",
            "programme_internal_cost_yen",
            "programme_external_cost_yen",
            "programme_cost_yen",
            "return_low_yen"
        ) -%}
        cast(sum({{ column }}) as {{ type_bigint() }}) as {{ column }},
        {% endfor -%}
        cast(sum(return_high_yen) as {{ type_bigint() }}) as return_high_yen
    from months
    where
        slot_joins > 0
        or programme_cost_yen is not null
    group by company_id, fiscal_year
),

expected as (
    select
        pipeline.company_id,
        today.fiscal_year,
        count(*) as introductions,
        count(case when pipeline.value_low_yen is null then 1 end)
            as unvalued_introductions,
        cast(sum(pipeline.value_low_yen) as {{ type_bigint() }})
            as value_low_yen,
        cast(sum(pipeline.value_high_yen) as {{ type_bigint() }})
            as value_high_yen
    from pipeline
    cross join today
    group by pipeline.company_id, today.fiscal_year
),

years as (
    select
        company_id,
        fiscal_year
    from realised
    union distinct
    select
        company_id,
        fiscal_year
    from expected
),

-- nobody joined: nothing was saved; somebody did, at an unknown fee: unknown;
-- the same holds for what is open
joined as (
    select
        years.company_id,
        years.fiscal_year,
        coalesce(realised.slot_joins, 0) as slot_joins,
        coalesce(realised.ranged_joins, 0) as ranged_joins,
        coalesce(realised.unpriced_joins, 0) as unpriced_joins,
        {% for column in (
            "avoided_fee_low_yen",
            "avoided_fee_high_yen",
            "refund_low_yen",
            "refund_high_yen"
        ) -%}
        case
            when realised.slot_joins is null then 0
            when
                realised.slot_joins = 0
                or realised.slot_joins > realised.unpriced_joins
                then realised.{{ column }}
        end as {{ column }},
        {% endfor -%}
        realised.programme_internal_cost_yen as cost_internal_yen,
        realised.programme_external_cost_yen as cost_external_yen,
        realised.programme_cost_yen as cost_yen,
        {% for column in ("return_low_yen", "return_high_yen") -%}
        case
            when
                realised.programme_cost_yen is not null
                and (
                    realised.slot_joins = 0
                    or realised.slot_joins > realised.unpriced_joins
                )
                then realised.{{ column }}
        end as {{ column }},
        {% endfor -%}
        coalesce(expected.introductions, 0) as pipeline_introductions,
        coalesce(expected.unvalued_introductions, 0)
            as pipeline_unvalued_introductions,
        case
            when expected.introductions is null then 0
            else expected.value_low_yen
        end as pipeline_value_low_yen,
        case
            when expected.introductions is null then 0
            else expected.value_high_yen
        end as pipeline_value_high_yen
    from years
    left join realised
        on
            years.company_id = realised.company_id
            and years.fiscal_year = realised.fiscal_year
    left join expected
        on
            years.company_id = expected.company_id
            and years.fiscal_year = expected.fiscal_year
),

final as (
    select
        company_id,
        cast(fiscal_year as {{ type_int() }}) as fiscal_year,
        slot_joins,
        ranged_joins,
        unpriced_joins,
        cast(avoided_fee_low_yen as {{ type_bigint() }})
            as avoided_fee_low_yen,
        cast(avoided_fee_high_yen as {{ type_bigint() }})
            as avoided_fee_high_yen,
        cast(refund_low_yen as {{ type_bigint() }}) as refund_low_yen,
        cast(refund_high_yen as {{ type_bigint() }}) as refund_high_yen,
        cost_internal_yen,
        cost_external_yen,
        cost_yen,
        return_low_yen,
        return_high_yen,
        {{ rate("return_low_yen", "cost_yen") }} as return_ratio_low,
        {{ rate("return_high_yen", "cost_yen") }} as return_ratio_high,
        pipeline_introductions,
        pipeline_unvalued_introductions,
        cast(pipeline_value_low_yen as {{ type_bigint() }})
            as pipeline_value_low_yen,
        cast(pipeline_value_high_yen as {{ type_bigint() }})
            as pipeline_value_high_yen
    from joined
)

select * from final
