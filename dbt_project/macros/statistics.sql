{#- Intervals and survival, in double precision; every interval holds 95 %. -#}

{% macro z_95() -%}
    1.959963984540054
{%- endmacro %}


{#-
    The ends of Wilson's interval of k successes in n; NULL when n is 0. The
    guard stands outside, since least() and greatest() leave a NULL out.
-#}
{% macro wilson_lower(k, n) -%}
    case
        when ({{ n }}) > 0
            then greatest({{ _wilson(k, n, '-') }}, 0)
    end
{%- endmacro %}

{% macro wilson_upper(k, n) -%}
    case
        when ({{ n }}) > 0
            then least({{ _wilson(k, n, '+') }}, 1)
    end
{%- endmacro %}

{% macro _wilson(k, n, sign) -%}
    {%- set successes -%} cast({{ k }} as {{ type_float() }}) {%- endset -%}
    {%- set trials -%} cast({{ n }} as {{ type_float() }}) {%- endset -%}
    {%- set z -%} cast({{ z_95() }} as {{ type_float() }}) {%- endset -%}
    (
        {{ successes }} + {{ z }} * {{ z }} / 2
        {{ sign }} {{ z }} * sqrt(
            {{ successes }} * ({{ trials }} - {{ successes }}) / {{ trials }}
            + {{ z }} * {{ z }} / 4
        )
    ) / ({{ trials }} + {{ z }} * {{ z }})
{%- endmacro %}


{#-
    Kaplan-Meier: the body of a select from `relation` with one row per group
    and distinct time: the group's columns, t, at_risk, events, censored,
    survival and greenwood_variance (NULL once nobody is left). `event_column`
    is true for an event, false for a time at which the subject was last seen
    without one; at one time, events come before censorings. A row without a
    time takes no part.
-#}
{% macro kaplan_meier(relation, group_columns, time_column, event_column) -%}
    {%- set groups -%}
        {%- for column in group_columns %}{{ column }}, {% endfor -%}
    {%- endset -%}
    {%- set partition -%}
        {%- if group_columns %}partition by {{ group_columns | join(', ') }} {% endif -%}
    {%- endset -%}
    {%- set float = type_float() -%}
    select
        {{ groups }}t,
        at_risk,
        events,
        censored,
        case
            when at_risk = events then cast(0 as {{ float }})
            else exp(log_survival)
        end as survival,
        case
            when at_risk > events
                then exp(2 * log_survival) * greenwood_sum
        end as greenwood_variance
    from (
        select
            {{ groups }}t,
            at_risk,
            events,
            censored,
            sum(case
                when at_risk > events
                    then ln(
                        cast(at_risk - events as {{ float }}) / at_risk
                    )
            end) over ({{ partition }}order by t) as log_survival,
            sum(case
                when at_risk > events
                    then cast(events as {{ float }})
                        / (cast(at_risk as {{ float }}) * (at_risk - events))
            end) over ({{ partition }}order by t) as greenwood_sum
        from (
            select
                {{ groups }}t,
                cast(
                    sum(events + censored) over ({{ partition }}order by t desc)
                    as {{ type_bigint() }}
                ) as at_risk,
                events,
                censored
            from (
                select
                    {{ groups }}{{ time_column }} as t,
                    count(case when {{ event_column }} then 1 end) as events,
                    count(case when not {{ event_column }} then 1 end)
                        as censored
                from {{ relation }}
                where
                    {{ time_column }} is not null
                    and {{ event_column }} is not null
                group by {{ groups }}{{ time_column }}
            ) as counted
        ) as exposed
    ) as summed
{%- endmacro %}


{#-
    The ends of the log-log interval of a survival with Greenwood's variance;
    NULL unless the survival lies between 0 and 1.
-#}
{% macro log_log_lower(survival, variance) -%}
    {{ _log_log(survival, variance, '') }}
{%- endmacro %}

{% macro log_log_upper(survival, variance) -%}
    {{ _log_log(survival, variance, '-') }}
{%- endmacro %}

{% macro _log_log(survival, variance, sign) -%}
    case
        when {{ survival }} > 0 and {{ survival }} < 1
            then power(
                cast({{ survival }} as {{ type_float() }}),
                exp(
                    {{ sign }}cast({{ z_95() }} as {{ type_float() }})
                    * sqrt({{ variance }})
                    / ({{ survival }} * abs(ln({{ survival }})))
                )
            )
    end
{%- endmacro %}
