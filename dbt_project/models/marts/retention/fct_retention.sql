with

joins as (
    select * from {{ ref("stg_operator__joins") }}
),

attestations as (
    select * from {{ ref("stg_operator__attestations") }}
),

horizons as (
    {% for days in var("retention_horizons") -%}
    select {{ days }} as horizon_days
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

company_observations as (
    select
        company_id,
        max(observed_date) as company_last_observed_date
    from attestations
    group by company_id
),

join_observations as (
    select
        join_id,
        max(case when employed in ('yes', 'no') then observed_date end)
            as last_observed_date,
        max(case when employed = 'yes' then observed_date end)
            as last_employed_date
    from attestations
    group by join_id
),

leavings as (
    select
        join_id,
        left_date,
        leave_type,
        row_number() over (
            partition by join_id
            order by
                observed_date desc,
                {{ byte_order("attested_month") }} desc
        ) as position
    from attestations
    where left_date is not null
),

observed as (
    select
        joins.join_id,
        joins.company_id,
        joins.introduction_id,
        joins.joined_date,
        horizons.horizon_days,
        {{ add_days("joins.joined_date", "horizons.horizon_days") }}
            as horizon_date,
        leavings.left_date,
        leavings.leave_type,
        join_observations.last_observed_date,
        join_observations.last_employed_date,
        company_observations.company_last_observed_date
    from joins
    cross join horizons
    left join leavings
        on
            joins.join_id = leavings.join_id
            and leavings.position = 1
    left join join_observations
        on joins.join_id = join_observations.join_id
    left join company_observations
        on joins.company_id = company_observations.company_id
),

final as (
    select
        join_id,
        company_id,
        introduction_id,
        joined_date,
        horizon_days,
        horizon_date,
        case
            when company_last_observed_date is null then 'immature'
            when horizon_date > company_last_observed_date then 'immature'
            when left_date < horizon_date then 'left'
            when left_date >= horizon_date then 'retained'
            when last_employed_date >= horizon_date then 'retained'
            else 'unknown'
        end as state,
        left_date,
        leave_type,
        last_observed_date,
        company_last_observed_date
    from observed
)

select * from final
