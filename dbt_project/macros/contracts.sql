{#- Whether a value stands in a list such as a|b; false for an unknown value. -#}
{% macro in_list(value, list) -%}
    coalesce(
        {{ dbt.position("'|' || " ~ value ~ " || '|'", "'|' || " ~ list ~ " || '|'") }}
        > 0,
        false
    )
{%- endmacro %}
