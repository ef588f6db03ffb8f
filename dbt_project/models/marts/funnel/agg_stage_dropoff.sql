with

applications as (
    select * from {{ ref("int_applications_decided") }}
),

job_stages as (
    select * from {{ ref("int_job_stages_unioned") }}
),

staged as (
    select * from {{ ref("int_applications_staged") }}
),

funnel_steps as (
    select * from {{ ref("int_funnel_steps") }}
),

ways as (
    {% for left_as, outcome in [
        ("rejected", "rejected_by_company"),
        ("withdrawn", "withdrawn_by_candidate"),
        ("offer_declined", "offer_declined"),
        ("not_eligible", "not_eligible"),
        ("unknown", "unknown"),
    ] -%}
    select
        '{{ left_as }}' as left_as,
        '{{ outcome }}' as outcome
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

stages as (
    select
        company_id,
        stage,
        count(*) as reached
    from staged
    group by company_id, stage
),

jobs as (
    select distinct
        company_id,
        job_id
    from applications
),

places as (
    select
        jobs.company_id,
        job_stages.stage_name as stage,
        min(job_stages.stage_order) as stage_order
    from jobs
    inner join job_stages on jobs.job_id = job_stages.job_id
    group by jobs.company_id, job_stages.stage_name
),

steps as (
    select
        application_id,
        max(step_order) as last_step_order
    from funnel_steps
    group by application_id
),

departures as (
    select
        staged.company_id,
        staged.stage,
        staged.outcome,
        count(*) as left_here,
        count(case when steps.last_step_order >= 2 then 1 end) as mailed,
        count(case when steps.last_step_order >= 3 then 1 end) as opened,
        count(case when steps.last_step_order >= 4 then 1 end) as registered,
        count(case when steps.last_step_order >= 5 then 1 end) as counted
    from staged
    left join steps
        on staged.application_id = steps.application_id
    where staged.is_last
    group by
        staged.company_id,
        staged.stage,
        staged.outcome
),

final as (
    select
        stages.company_id,
        stages.stage,
        places.stage_order,
        ways.left_as,
        cast(stages.reached as {{ type_int() }}) as reached,
        cast(coalesce(departures.left_here, 0) as {{ type_int() }})
            as left_here,
        {{ rate("coalesce(departures.left_here, 0)", "stages.reached") }}
            as share_of_reached,
        {% for step in ("mailed", "opened", "registered", "counted") -%}
        cast(
            case
                when ways.left_as = 'rejected'
                    then coalesce(departures.{{ step }}, 0)
            end as {{ type_int() }}
        ) as {{ step }},
        {% endfor -%}
        {{ rate(
            "case when ways.left_as = 'rejected'"
            ~ " then departures.registered end",
            "departures.left_here"
        ) }} as registration_rate
    from stages
    cross join ways
    left join places
        on
            stages.company_id = places.company_id
            and stages.stage = places.stage
    left join departures
        on
            stages.company_id = departures.company_id
            and stages.stage = departures.stage
            and ways.outcome = departures.outcome
)

select * from final
