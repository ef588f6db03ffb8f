{{ config(materialized="ephemeral") }}

with

coefficients as (
    select * from {{ source("analysis", "registration_coefficients") }}
),

final as (
    select
        company_id,
        attribute,
        value,
        status,
        reason,
        applications,
        coefficient,
        std_error,
        lower as coefficient_lower,
        upper as coefficient_upper,
        p_value,
        odds_ratio,
        odds_ratio_lower,
        odds_ratio_upper,
        fitted_at
    from coefficients
)

select * from final
