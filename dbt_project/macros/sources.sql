{#-
    Whether the models of a source are built: RELAY_SOURCES lists the sources of
    the warehouse's connections, and without it all are. The folders' `enabled`
    in dbt_project.yml asks the same.
-#}
{% macro is_used(source) -%}
    {{ return(source in env_var("RELAY_SOURCES", source).split()) }}
{%- endmacro %}
