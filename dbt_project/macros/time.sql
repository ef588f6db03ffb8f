{#- The programme's calendar day of a timestamp. -#}
{% macro local_date(timestamp) -%}
    {{ adapter.dispatch('local_date')(timestamp) }}
{%- endmacro %}

{% macro default__local_date(timestamp) -%}
    cast({{ timestamp }} at time zone '{{ var("timezone") }}' as date)
{%- endmacro %}


{#- The instant at which a day of the programme begins. -#}
{% macro local_midnight(date_expression) -%}
    {{ adapter.dispatch('local_midnight')(date_expression) }}
{%- endmacro %}

{% macro default__local_midnight(date_expression) -%}
    cast({{ date_expression }} as timestamp)
    at time zone '{{ var("timezone") }}'
{%- endmacro %}


{% macro add_days(date_expression, days) -%}
    cast({{ dbt.dateadd('day', days, date_expression) }} as date)
{%- endmacro %}


{% macro month_start(date_expression) -%}
    cast({{ dbt.date_trunc('month', date_expression) }} as date)
{%- endmacro %}


{% macro month_end(date_expression) -%}
    {{ dbt.last_day(date_expression, 'month') }}
{%- endmacro %}


{#- Elapsed seconds, with their fraction, from one timestamp to a later one. -#}
{% macro seconds_between(earlier, later) -%}
    {{ adapter.dispatch('seconds_between')(earlier, later) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    extract(epoch from {{ later }} - {{ earlier }})
{%- endmacro %}
