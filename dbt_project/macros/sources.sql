{#-
    Whether the models of a source are built: RELAY_SOURCES lists the sources of
    the warehouse's connections, and without it all are. The folders' `enabled`
    in dbt_project.yml asks the same.
-#}
{% macro is_used(source) -%}
    {{ return(source in env_var("RELAY_SOURCES", source).split()) }}
{%- endmacro %}


{#-
    The forms that show nothing of who opened them without an answer, nor when
    anybody did: what people do before they send such a form is unknown.
-#}
{% macro forms_without_openings() -%}
    'google_forms', 'tally'
{%- endmacro %}
