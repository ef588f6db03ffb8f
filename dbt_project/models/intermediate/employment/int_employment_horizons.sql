with

employments as (
    select * from {{ ref("int_employments") }}
),

horizons as (
    {% for days in var("retention_horizons") -%}
    select {{ days }} as horizon_days
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

dated as (
    select
        employments.*,
        horizons.horizon_days,
        {{ add_days("employments.joined_date", "horizons.horizon_days") }}
            as horizon_date
    from employments
    cross join horizons
),

final as (
    select
        employment_id,
        company_id,
        feed,
        join_id,
        introduction_id,
        route,
        joined_date,
        has_started,
        horizon_days,
        horizon_date,
        {{ retention_state("horizon_date") }} as state,
        left_date,
        leave_type,
        gone_date,
        last_observed_date,
        company_last_observed_date
    from dated
)

select * from final
