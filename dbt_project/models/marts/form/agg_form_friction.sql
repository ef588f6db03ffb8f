{%- set grain = ["company_id", "month", "form_version", "device"] -%}

with

sessions as (
    select * from {{ ref("int_form_sessions") }}
),

progress as (
    select * from {{ ref("int_form_progress") }}
),

questions as (
    select * from {{ ref("int_form_questions") }}
),

funnel as (
    select * from {{ ref("agg_funnel_monthly") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

landings as (
    select
        company_id,
        {{ month_start("landed_date") }} as month,
        form_version,
        device,
        is_probable_bot
    from sessions
    where is_opening_known
    union all
    select
        company_id,
        {{ month_start("landed_date") }} as month,
        form_version,
        'all' as device,
        is_probable_bot
    from sessions
    where is_opening_known
),

machines as (
    select
        company_id,
        month,
        form_version,
        device,
        count(case when is_probable_bot then 1 end) as probable_bots
    from landings
    group by {{ grain | join(", ") }}
),

people as (
    {% for device in ("device", "'all'") -%}
    select
        company_id,
        landed_month as month,
        form_version,
        {{ device }} as device,
        state,
        reached_order,
        is_completed,
        ending,
        seconds_seen
    from progress
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

forms as (
    select
        company_id,
        month,
        form_version,
        device,
        count(*) as opened,
        count(case when state != 'opened' then 1 end) as started,
        count(case when is_completed then 1 end) as completed
    from people
    group by {{ grain | join(", ") }}
),

begun as (
    select * from people
    where state != 'opened' and seconds_seen >= 0
),

survival as (
    {{ kaplan_meier("begun", grain, "seconds_seen", "is_completed") }}
),

durations as (
    select
        company_id,
        month,
        form_version,
        device,
        {{ survival_median("t", "survival") }} as median_seconds
    from survival
    group by {{ grain | join(", ") }}
),

stops as (
    select
        company_id,
        month,
        form_version,
        device,
        reached_order,
        count(*) as people,
        count(case when ending = 'abandoned' then 1 end) as abandoned,
        count(case when ending = 'open' then 1 end) as still_open
    from people
    group by {{ grain | join(", ") }}, reached_order
),

asked as (
    select
        machines.company_id,
        machines.month,
        machines.form_version,
        machines.device,
        machines.probable_bots,
        questions.question,
        questions.question_order
    from machines
    inner join questions
        on
            machines.company_id = questions.company_id
            and machines.form_version = questions.form_version
),

counted as (
    select
        asked.company_id,
        asked.month,
        asked.form_version,
        asked.device,
        asked.question,
        asked.question_order,
        asked.probable_bots,
        coalesce(sum(stops.people), 0) as reached,
        coalesce(sum(
            case
                when stops.reached_order = asked.question_order
                    then stops.abandoned
            end
        ), 0) as abandoned,
        coalesce(sum(
            case
                when stops.reached_order = asked.question_order
                    then stops.still_open
            end
        ), 0) as still_open
    from asked
    left join stops
        on
            asked.company_id = stops.company_id
            and asked.month = stops.month
            and asked.form_version = stops.form_version
            and asked.device = stops.device
            and asked.question_order <= stops.reached_order
    group by
        asked.company_id,
        asked.month,
        asked.form_version,
        asked.device,
        asked.question,
        asked.question_order,
        asked.probable_bots
),

registered as (
    select
        company_id,
        month,
        rate_from_start as registration_rate
    from funnel
    where
        basis = 'cohort'
        and segment_type = 'all'
        and step = 'registered'
),

final as (
    select
        counted.company_id,
        counted.month,
        counted.form_version,
        counted.device,
        counted.question,
        counted.question_order,
        cast(coalesce(forms.opened, 0) as {{ type_int() }}) as opened,
        cast(coalesce(forms.started, 0) as {{ type_int() }}) as started,
        cast(counted.reached as {{ type_int() }}) as reached,
        cast(counted.abandoned as {{ type_int() }}) as abandoned,
        cast(counted.still_open as {{ type_int() }}) as still_open,
        cast(coalesce(forms.completed, 0) as {{ type_int() }}) as completed,
        {{ rate("counted.abandoned", "counted.reached") }}
            as abandonment_rate,
        {{ rate("forms.completed", "forms.opened") }} as completion_rate,
        cast(
            round(
                cast(durations.median_seconds as {{ type_numeric() }}) / 60, 4
            ) as numeric(18, 4)
        ) as median_minutes_to_complete,
        cast(counted.probable_bots as {{ type_int() }}) as probable_bots,
        registered.registration_rate,
        {{ add_days(
            month_end("counted.month"), var("maturity_days")
        ) }} <= as_of.as_of_date as is_mature
    from counted
    cross join as_of
    left join forms
        on
            counted.company_id = forms.company_id
            and counted.month = forms.month
            and counted.form_version = forms.form_version
            and counted.device = forms.device
    left join durations
        on
            counted.company_id = durations.company_id
            and counted.month = durations.month
            and counted.form_version = durations.form_version
            and counted.device = durations.device
    left join registered
        on
            counted.company_id = registered.company_id
            and counted.month = registered.month
)

select * from final
