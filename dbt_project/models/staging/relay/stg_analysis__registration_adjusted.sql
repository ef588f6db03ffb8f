{{ config(materialized="ephemeral") }}

with

adjusted as (
    select * from {{ source("analysis", "registration_adjusted") }}
),

final as (
    select
        company_id,
        attribute,
        value,
        adjusted_rate,
        std_error as adjusted_std_error,
        lower as adjusted_lower,
        upper as adjusted_upper,
        fitted_at
    from adjusted
)

select * from final
