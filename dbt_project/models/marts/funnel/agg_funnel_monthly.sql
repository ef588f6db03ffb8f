{%- set segments = [
    ("all", "'all'"),
    ("stage_reached", "coalesce(stage_reached, '(none)')"),
    ("department", "coalesce(department_name, '(none)')"),
    ("employment_type", "coalesce(employment_type, '(none)')"),
    ("channel", "coalesce(channel, '(none)')"),
    ("job", "coalesce(job_id, '(none)')"),
    ("rejection_reason", "coalesce(rejection_reason, '(none)')"),
    ("mail_state", "mail_state"),
] -%}
{%- set grain = [
    "company_id", "basis", "month", "segment_type", "segment_value"
] -%}

with

funnel_steps as (
    select * from {{ ref("int_funnel_steps") }}
),

transitions as (
    select * from {{ ref("int_funnel_transitions") }}
),

steps as (
    select * from {{ ref("funnel_steps") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

based as (
    select
        'cohort' as basis,
        cohort_month as month,
        *
    from funnel_steps
    union all
    select
        'period' as basis,
        step_month as month,
        *
    from funnel_steps
    where step_at is not null
),

segmented as (
    {% for segment_type, segment_value in segments -%}
    select
        company_id,
        basis,
        month,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        step_order
    from based
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

reached as (
    select
        company_id,
        basis,
        month,
        segment_type,
        segment_value,
        step_order,
        cast(count(*) as {{ type_int() }}) as reached
    from segmented
    group by
        company_id,
        basis,
        month,
        segment_type,
        segment_value,
        step_order
),

transitions_based as (
    select
        'cohort' as basis,
        cohort_month as month,
        *
    from transitions
    union all
    select
        'period' as basis,
        begun_month as month,
        *
    from transitions
),

transitions_segmented as (
    {% for segment_type, segment_value in segments -%}
    select
        company_id,
        basis,
        month,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        step_order,
        seconds,
        is_completed
    from transitions_based
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

survival as (
    {{ kaplan_meier(
        "transitions_segmented", grain + ["step_order"], "seconds",
        "is_completed"
    ) }}
),

durations as (
    select
        company_id,
        basis,
        month,
        segment_type,
        segment_value,
        step_order,
        cast(max(at_risk) as {{ type_int() }}) as transitions_at_risk,
        {{ survival_median("t", "survival") }} as median_seconds
    from survival
    group by
        company_id,
        basis,
        month,
        segment_type,
        segment_value,
        step_order
),

months as (
    select distinct
        company_id,
        basis,
        month,
        segment_type,
        segment_value
    from reached
),

completed as (
    select
        months.*,
        steps.step,
        steps.step_order,
        coalesce(reached.reached, 0) as reached,
        case
            when steps.step_order > 1
                then coalesce(durations.transitions_at_risk, 0)
        end as transitions_at_risk,
        durations.median_seconds
    from months
    cross join steps
    left join reached
        on
            months.company_id = reached.company_id
            and months.basis = reached.basis
            and months.month = reached.month
            and months.segment_type = reached.segment_type
            and months.segment_value = reached.segment_value
            and steps.step_order = reached.step_order
    left join durations
        on
            months.company_id = durations.company_id
            and months.basis = durations.basis
            and months.month = durations.month
            and months.segment_type = durations.segment_type
            and months.segment_value = durations.segment_value
            and steps.step_order = durations.step_order
),

compared as (
    select
        *,
        lag(reached) over funnel as previous_reached,
        first_value(reached) over funnel as first_reached
    from completed
    window funnel as (
        partition by company_id, basis, month, segment_type, segment_value
        order by step_order
    )
),

final as (
    select
        compared.company_id,
        compared.basis,
        compared.month,
        compared.segment_type,
        compared.segment_value,
        compared.step,
        compared.step_order,
        compared.reached,
        compared.previous_reached,
        {{ rate("compared.reached", "compared.previous_reached") }}
            as conversion_rate,
        {{ rate("compared.reached", "compared.first_reached") }}
            as rate_from_start,
        cast(
            round(
                cast(compared.median_seconds as {{ type_numeric() }})
                / 86400, 4
            ) as numeric(18, 4)
        ) as median_days_from_previous,
        compared.transitions_at_risk,
        {{ add_days(
            month_end("compared.month"), var("maturity_days")
        ) }} <= as_of.as_of_date as is_mature
    from compared
    cross join as_of
)

select * from final
