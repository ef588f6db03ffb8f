with

horizons as (
    select * from {{ ref("int_employment_horizons") }}
),

routed as (
    select * from {{ ref("int_employments_routed") }}
),

counted as (
    select
        routed.company_id,
        routed.route,
        horizons.horizon_days,
        count(*) as employments,
        count(case when horizons.state = 'retained' then 1 end) as retained,
        count(case when horizons.state = 'left' then 1 end) as left_total,
        {% for type in ("voluntary", "dismissal", "contract_end", "other") -%}
        count(
            case
                when
                    horizons.state = 'left'
                    and horizons.leave_type = '{{ type }}'
                    then 1
            end
        ) as left_{{ type }},
        {% endfor -%}
        count(
            case
                when
                    horizons.state = 'left' and horizons.leave_type is null
                    then 1
            end
        ) as left_unstated,
        count(case when horizons.state = 'unknown' then 1 end) as unknown,
        count(case when horizons.state = 'immature' then 1 end) as immature,
        max(case when routed.is_omitting_leavers then 1 else 0 end) = 1
            as is_feed_suspect
    from horizons
    inner join routed
        on horizons.employment_id = routed.employment_id
    group by routed.company_id, routed.route, horizons.horizon_days
),

known as (
    select
        *,
        case when not is_feed_suspect then retained end as kept,
        case when not is_feed_suspect then retained + left_total end
            as mature
    from counted
),

rated as (
    select
        *,
        {{ rate("kept", "mature") }} as retention_rate,
        cast(kept as {{ type_float() }}) / nullif(mature, 0) as share,
        {{ wilson_lower("kept", "mature") }} as rate_lower,
        {{ wilson_upper("kept", "mature") }} as rate_upper
    from known
),

-- Newcombe's interval of a difference, from the two intervals of Wilson
compared as (
    select
        rated.*,
        rated.share - others.share as difference,
        rated.share - others.share - sqrt(
            power(rated.share - rated.rate_lower, 2)
            + power(others.rate_upper - others.share, 2)
        ) as difference_lower,
        rated.share - others.share + sqrt(
            power(rated.rate_upper - rated.share, 2)
            + power(others.share - others.rate_lower, 2)
        ) as difference_upper
    from rated
    left join rated as others
        on
            rated.company_id = others.company_id
            and rated.horizon_days = others.horizon_days
            and others.route = 'other_channel'
            and rated.route in ('slot', 'paid_introduction')
),

final as (
    select
        company_id,
        route,
        horizon_days,
        employments,
        retained,
        left_total,
        left_voluntary,
        left_dismissal,
        left_contract_end,
        left_other,
        left_unstated,
        unknown,
        immature,
        retention_rate,
        rate_lower,
        rate_upper,
        difference as difference_to_other_channels,
        difference_lower,
        difference_upper,
        is_feed_suspect
    from compared
)

select * from final
