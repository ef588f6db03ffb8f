{{ config(materialized="view") }}

with

cells as (
    select * from {{ ref("int_registration_cells") }}
),

adjusted as (
    select * from {{ ref("stg_analysis__registration_adjusted") }}
),

shown as (
    select
        *,
        case when not is_suppressed then people end as shown_people,
        case when not is_suppressed then registered end as shown_registered
    from cells
),

final as (
    select
        shown.company_id,
        shown.attribute,
        shown.value,
        shown.is_suppressed,
        case when not shown.is_suppressed then shown.applications end
            as applications,
        shown.shown_people as people,
        shown.shown_registered as registered,
        {{ rate("shown.shown_registered", "shown.shown_people") }}
            as registration_rate,
        {{ wilson_lower("shown.shown_registered", "shown.shown_people") }}
            as rate_lower,
        {{ wilson_upper("shown.shown_registered", "shown.shown_people") }}
            as rate_upper,
        {{ rate(
            "shown.shown_registered * shown.company_people",
            "(shown.shown_people * shown.company_registered)"
        ) }} as lift,
        adjusted.adjusted_rate,
        adjusted.adjusted_lower,
        adjusted.adjusted_upper,
        adjusted.fitted_at as adjusted_at
    from shown
    left join adjusted
        on
            shown.company_id = adjusted.company_id
            and shown.attribute = adjusted.attribute
            and shown.value = adjusted.value
            and not shown.is_suppressed
)

select * from final
