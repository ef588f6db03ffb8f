with

horizons as (
    select * from {{ ref("int_employment_horizons") }}
),

final as (
    select
        join_id,
        company_id,
        introduction_id,
        joined_date,
        horizon_days,
        horizon_date,
        state,
        left_date,
        leave_type,
        last_observed_date,
        company_last_observed_date
    from horizons
    where feed = 'joins'
)

select * from final
