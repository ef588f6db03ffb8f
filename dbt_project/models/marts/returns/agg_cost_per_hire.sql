with

months as (
    select * from {{ ref("agg_returns_monthly") }}
),

years as (
    select
        company_id,
        fiscal_year,
        {% for column in (
            "hires",
            "paid_introduction_hires",
            "other_channel_hires",
            "unlisted_ats_hires",
            "unstated_hires"
        ) -%}
        cast(sum({{ column }}) as {{ type_bigint() }}) as {{ column }},
        {% endfor -%}
        cast(sum(slot_joins) as {{ type_bigint() }}) as slot_hires,
        count(recruiting_cost_yen) as cost_months,
        {% for column in ("internal_cost_yen", "external_cost_yen") -%}
        cast(sum(recruiting_{{ column }}) as {{ type_bigint() }})
            as {{ column }},
        {% endfor -%}
        cast(sum(recruiting_cost_yen) as {{ type_bigint() }}) as total_cost_yen
    from months
    group by company_id, fiscal_year
),

final as (
    select
        company_id,
        fiscal_year,
        hires,
        slot_hires,
        paid_introduction_hires,
        other_channel_hires,
        unlisted_ats_hires,
        cost_months,
        internal_cost_yen,
        external_cost_yen,
        total_cost_yen,
        case
            when unstated_hires = 0
                then
                    {{ yen("cast(total_cost_yen as " ~ type_numeric()
                        ~ ") / nullif(hires, 0)") }}
        end as cost_per_hire_yen
    from years
)

select * from final
