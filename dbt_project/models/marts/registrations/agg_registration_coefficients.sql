{#-
    A value that no application has any more is left out until the next fit;
    the intercept is shown when the company as a whole may be.
-#}
{{ config(materialized="view") }}

with

coefficients as (
    select
        *,
        case when attribute = '(intercept)' then 'all' else attribute end
            as cell_attribute,
        case when attribute = '(intercept)' then 'all' else value end
            as cell_value
    from {{ ref("stg_analysis__registration_coefficients") }}
),

cells as (
    select * from {{ ref("int_registration_cells") }}
),

final as (
    select
        coefficients.company_id,
        coefficients.attribute,
        coefficients.value,
        cells.is_suppressed,
        case
            when cells.is_suppressed then 'suppressed'
            else coefficients.status
        end as status,
        {% for column in [
            "reason",
            "applications",
            "coefficient",
            "std_error",
            "coefficient_lower",
            "coefficient_upper",
            "p_value",
            "odds_ratio",
            "odds_ratio_lower",
            "odds_ratio_upper",
        ] -%}
        case when not cells.is_suppressed then coefficients.{{ column }} end
            as {{ column }},
        {% endfor -%}
        coefficients.fitted_at
    from coefficients
    inner join cells
        on
            coefficients.company_id = cells.company_id
            and coefficients.cell_attribute = cells.attribute
            and coefficients.cell_value = cells.value
)

select * from final
