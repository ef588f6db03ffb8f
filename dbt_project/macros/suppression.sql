{#-
    Whether a cell must not be shown: it stands for fewer people than the
    variable minimum_cell, or it is the next smallest where exactly one cell of
    its partition is that small, which the others would give away. `partition`
    names the columns of the whole, `value` the cell's own.
-#}
{% macro is_suppressed(people, partition, value) -%}
    {%- set whole = partition | join(', ') -%}
    {%- set is_small = people ~ ' < ' ~ var('minimum_cell') -%}
    (
        {{ is_small }}
        or (
            sum(case when {{ is_small }} then 1 else 0 end)
                over (partition by {{ whole }}) = 1
            and row_number() over (
                partition by {{ whole }}, {{ is_small }}
                order by {{ people }}, {{ byte_order(value) }}
            ) = 1
        )
    )
{%- endmacro %}
