{#- The postings of a ledger relation; none (no ledger yet) gives no rows. -#}
{% macro ledger_postings(relation) -%}
    {%- set columns = {
        "posting_id": type_string(),
        "transaction_id": type_string(),
        "company_id": type_string(),
        "unit": type_string(),
        "account": type_string(),
        "quantity": type_int(),
        "effective_at": type_timestamp_tz(),
        "recorded_at": type_timestamp_tz(),
        "batch": type_int(),
        "contract_id": type_string(),
        "slot_id": type_string(),
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


{#- The sum of the postings of one account. -#}
{% macro account_sum(account) -%}
    sum(case when account = '{{ account }}' then quantity else 0 end)
{%- endmacro %}


{#-
    Before anything is posted: one run at a time, until the end of its
    transaction. The second one then sees what the first has posted.
-#}
{% macro lock_ledger() -%}
    {{ adapter.dispatch('lock_ledger')() }}
{%- endmacro %}

{% macro default__lock_ledger() -%}
    select pg_advisory_xact_lock(hashtext('career_relay.fct_slot_ledger'))
{%- endmacro %}


{#-
    A ledger from before there were units, slots and batches gets them as
    columns; nothing else about its postings changes. They are single entries
    of the accounts points and slots, and the run reverses them one by one.
-#}
{% macro upgrade_ledger(relation) -%}
    {%- if execute and adapter.get_relation(
        relation.database, relation.schema, relation.identifier
    ) -%}
    {%- set columns = adapter.get_columns_in_relation(relation)
        | map(attribute="name") | list -%}
    {%- if "batch" not in columns -%}
    alter table {{ relation }} add column unit {{ type_string() }};
    alter table {{ relation }} add column slot_id {{ type_string() }};
    alter table {{ relation }} add column batch {{ type_int() }};
    update {{ relation }} set
        unit = account,
        batch = (
            select count(distinct earlier.recorded_at)
            from {{ relation }} as earlier
            where earlier.recorded_at <= {{ relation }}.recorded_at
        );
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
