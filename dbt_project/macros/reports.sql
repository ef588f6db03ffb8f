{#- What a report relation says so far; none (no report yet) gives no rows. -#}
{% macro report_rows(relation) -%}
    {%- set columns = {
        "report_id": type_string(),
        "company_id": type_string(),
        "report_month": "date",
        "metric": type_string(),
        "value": "numeric(18, 6)",
        "report_version": type_int(),
    } -%}
    {%- if relation -%}
    select {{ columns | join(', ') }} from {{ relation }}
    {%- else -%}
    {{ _rows(columns, []) }}
    {%- endif -%}
{%- endmacro %}
