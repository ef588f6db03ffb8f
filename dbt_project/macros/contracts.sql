{#- Whether a value stands in a list such as a|b; false for an unknown value. -#}
{% macro in_list(value, list) -%}
    coalesce(
        {{ dbt.position("'|' || " ~ value ~ " || '|'", "'|' || " ~ list ~ " || '|'") }}
        > 0,
        false
    )
{%- endmacro %}


{#-
    The position of the last count at a place, from a text such as |c1:3|p:3
    that mentions the newest first; NULL when there is none.
-#}
{% macro last_count_at(places, place) -%}
    {%- set mention = "'|' || " ~ place ~ " || ':'" -%}
    {%- set position = dbt.split_part(
        dbt.split_part(places, mention, 2), "'|'", 1
    ) -%}
    cast(nullif({{ position }}, '') as {{ type_int() }})
{%- endmacro %}


{#-
    Whether a registration counts, given when its human counted last within the
    scope of its contract (NULL: never).
-#}
{% macro counts_again(last_counted_at, registration) -%}
    (
        {{ last_counted_at }} is null
        or coalesce(
            {{ seconds_between(
                last_counted_at, registration ~ ".counted_at"
            ) }} >= 86400 * {{ registration }}.dedupe_window_days,
            false
        )
    )
{%- endmacro %}
