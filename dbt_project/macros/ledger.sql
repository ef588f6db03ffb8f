{#- The postings of a ledger relation; none (no ledger yet) gives no rows. -#}
{% macro ledger_postings(relation) -%}
    {%- set columns = {
        "posting_id": type_string(),
        "transaction_id": type_string(),
        "company_id": type_string(),
        "account": type_string(),
        "quantity": type_int(),
        "effective_at": type_timestamp_tz(),
        "recorded_at": type_timestamp_tz(),
        "contract_id": type_string(),
        "cause": type_string(),
        "cause_id": type_string(),
        "reversal_of": type_string(),
        "posting_key": type_string(),
    } -%}
    {%- if relation -%}
    select {{ columns | join(', ') }} from {{ relation }}
    {%- else -%}
    select
        {% for column, type in columns.items() -%}
        cast(null as {{ type }}) as {{ column }}{{ "," if not loop.last }}
        {% endfor -%}
    from (select 1 as one) as nothing
    where one = 0
    {%- endif -%}
{%- endmacro %}


{#- The ledger that the last run left, or none. -#}
{% macro ledger_before_this_run() -%}
    {%- if execute -%}
        {{ return(adapter.get_relation(
            database=target.database,
            schema=generate_schema_name('marts', none) | trim,
            identifier='fct_slot_ledger',
        )) }}
    {%- endif -%}
{%- endmacro %}
