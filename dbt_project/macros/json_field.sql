{#-
    The only reader of JSON: a field of `payload` by its dotted path (an array
    element by its position), as text or cast to `data_type`. `answer` takes
    the element of the form's `answers` whose field has that ref.
-#}
{% macro json_field(path, data_type=none, answer=none) -%}
    {%- set text = adapter.dispatch('json_text')(path, answer) -%}
    {%- if data_type -%}
        cast({{ text }} as {{ data_type }})
    {%- else -%}
        {{ text }}
    {%- endif -%}
{%- endmacro %}

{% macro default__json_text(path, answer) -%}
    {%- set keys = path.split('.') | join(',') -%}
    {%- if answer -%}
        (jsonb_path_query_first(
            payload, '$.answers[*] ? (@.field.ref == "{{ answer }}")'
        ) #>> '{ {{- keys -}} }')
    {%- else -%}
        (payload #>> '{ {{- keys -}} }')
    {%- endif -%}
{%- endmacro %}


{#- A field that holds milliseconds since 1970, as a timestamp. -#}
{% macro json_epoch_ms(path) -%}
    {{ adapter.dispatch('epoch_ms')(json_field(path, 'bigint')) }}
{%- endmacro %}

{% macro default__epoch_ms(number) -%}
    (timestamptz 'epoch' + {{ number }} * interval '1 millisecond')
{%- endmacro %}


{#- A field that holds seconds since 1970, also with a fraction, as a timestamp. -#}
{% macro json_epoch_s(path) -%}
    {{ adapter.dispatch('epoch_s')(json_field(path, 'numeric')) }}
{%- endmacro %}

{% macro default__epoch_s(number) -%}
    (timestamptz 'epoch' + {{ number }} * interval '1 second')
{%- endmacro %}


{#- Which of the form's questions are answered: how many (count), the last one's ref (last). -#}
{% macro answered(what) -%}
    {{ adapter.dispatch('answered')(what) }}
{%- endmacro %}

{% macro default__answered(what) -%}
    {%- set refs = "jsonb_path_query_array(payload, '$.answers[*].field.ref')" -%}
    {%- if what == 'count' -%}
        jsonb_array_length({{ refs }})
    {%- else -%}
        ({{ refs }} ->> -1)
    {%- endif -%}
{%- endmacro %}


{#-
    The rows of a relation with a row's `payload` replaced by each element of its
    list at `path`, numbered from 1; a row whose list is empty or absent stays,
    with a payload of nothing.
-#}
{% macro json_elements(relation, path) -%}
    {{ adapter.dispatch('json_elements')(relation, path) }}
{%- endmacro %}

{% macro default__json_elements(relation, path) -%}
    {%- set list -%}
        {{ relation }}.payload #> '{ {{- path.split('.') | join(',') -}} }'
    {%- endset -%}
    select
        {{ relation }}.connection,
        {{ relation }}.record_id,
        {{ relation }}.seq,
        {{ relation }}.is_deleted,
        element.payload,
        element.element_number
    from {{ relation }}
    left join lateral jsonb_array_elements(
        case when jsonb_typeof({{ list }}) = 'array' then {{ list }} end
    ) with ordinality as element (payload, element_number) on true
{%- endmacro %}


{#- An id of the source, made unique over connections; NULL stays NULL. -#}
{% macro scoped_id(expression) -%}
    connection || ':' || {{ expression }}
{%- endmacro %}
