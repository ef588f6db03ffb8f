{#- What differs between warehouses, one dispatched macro each. -#}

{#- Text in byte order, whatever the database's locale: ties must not depend on it. -#}
{% macro byte_order(expression) -%}
    {{ adapter.dispatch('byte_order')(expression) }}
{%- endmacro %}

{% macro default__byte_order(expression) -%}
    {{ expression }} collate "C"
{%- endmacro %}


{% macro median(expression) -%}
    {{ adapter.dispatch('median')(expression) }}
{%- endmacro %}

{% macro default__median(expression) -%}
    percentile_cont(0.5) within group (order by {{ expression }})
{%- endmacro %}


{#- The keyword that lets a WITH list refer to itself. -#}
{% macro recursive() -%}
    {{ adapter.dispatch('recursive')() }}
{%- endmacro %}

{% macro default__recursive() -%}
    recursive
{%- endmacro %}


{#- A table that was just filled has no statistics, and joins on it are guessed. -#}
{% macro refresh_statistics(relation) -%}
    {%- if model.config.materialized in ('table', 'incremental') -%}
        {{ adapter.dispatch('refresh_statistics')(relation) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__refresh_statistics(relation) -%}
    analyze {{ relation }}
{%- endmacro %}


{#- The type of an instant, which dbt's own type_timestamp is not on Postgres. -#}
{% macro type_timestamp_tz() -%}
    {{ adapter.dispatch('type_timestamp_tz')() }}
{%- endmacro %}

{% macro default__type_timestamp_tz() -%}
    timestamp with time zone
{%- endmacro %}


{#- Whole quotient, rounded down. -#}
{% macro floor_div(dividend, divisor) -%}
    cast(
        floor(cast({{ dividend }} as {{ type_numeric() }}) / {{ divisor }})
        as {{ type_int() }}
    )
{%- endmacro %}


{#- A share to six places; NULL when there is nothing to be a share of. -#}
{% macro rate(part, whole) -%}
    cast(
        round(cast({{ part }} as {{ type_numeric() }}) / nullif({{ whole }}, 0), 6)
        as numeric(18, 6)
    )
{%- endmacro %}


{#- A NULL of the type of a payload's hash. -#}
{% macro null_bytes() -%}
    {{ adapter.dispatch('null_bytes')() }}
{%- endmacro %}

{% macro default__null_bytes() -%}
    cast(null as bytea)
{%- endmacro %}
