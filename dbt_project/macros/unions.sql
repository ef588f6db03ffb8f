{#-
    The rows of several models, without those of sources that are not used.
    A model's name says its source: int_<source>__<entity>. Greenhouse's,
    Typeform's and the operator's models are always built, so that no union is
    ever empty.
-#}
{% macro union_used(models, columns="*") -%}
    {%- set selects = [] -%}
    {%- for model in models if is_built(model) -%}
        {%- do selects.append("select " ~ columns ~ " from " ~ ref(model)) -%}
    {%- endfor -%}
    {{ selects | join("\n    union all\n    ") }}
{%- endmacro %}


{#-
    The records that show persons, as lists of model, stream, and any more of
    its columns, as `union_used` unites them.
-#}
{% macro union_people(lists) -%}
    {%- set selects = [] -%}
    {%- for list in lists if is_built(list[0]) -%}
        {%- set columns = [
            "connection",
            "'" ~ source_of(list[0]) ~ "' as source",
            "'" ~ list[1] ~ "' as stream",
            "record_id",
            "payload_hash"
        ] + list[2:] -%}
        {%- do selects.append(
            "select " ~ columns | join(", ") ~ " from " ~ ref(list[0])
        ) -%}
    {%- endfor -%}
    {{ selects | join("\n    union all\n    ") }}
{%- endmacro %}


{% macro is_built(model) -%}
    {%- set source = source_of(model) -%}
    {{ return(source in ("greenhouse", "typeform", "operator") or is_used(source)) }}
{%- endmacro %}


{% macro source_of(model) -%}
    {{ return(model.split("__")[0].split("_", 1)[1]) }}
{%- endmacro %}
