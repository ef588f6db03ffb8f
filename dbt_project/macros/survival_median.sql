{#-
    The time by which half have come, from the rows of a Kaplan-Meier curve: the
    first at which survival is one half or less; NULL when it never is. A
    survival that is one half up to its rounding is one half.
-#}
{% macro survival_median(time_column, survival) -%}
    min(case when {{ survival }} <= 0.5 + 1e-9 then {{ time_column }} end)
{%- endmacro %}
