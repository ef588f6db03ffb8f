{#-
    Connections of which the build sees old rows only, since nothing newer of
    some stream landed and passed the gate: a warning for each, at the end of
    a build. The marts are built all the same, and stand on what it showed then.
-#}
{% macro warn_of_old_connections() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
    {%- for row in run_query(old_connections()) -%}
        {%- do exceptions.warn(
            row['connection'] ~ ': ' ~ row['streams']
            ~ ' stream(s) have nothing newer than ' ~ row['observed_at']
            ~ '; the marts stand on what it showed then. Remedy: see the last'
            ~ ' run of ingest_' ~ row['connection'] ~ '.'
        ) -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- Streams whose newest scan that passed is days older than the newest of all. -#}
{% macro old_connections() -%}
    select
        watermarks.connection,
        count(*) as streams,
        cast(min(watermarks.observed_at) as {{ type_string() }}) as observed_at
    from {{ source('gate', 'watermarks') }} as watermarks
    where
        watermarks.observed_at < (
            select
                {{ dbt.dateadd(
                    'day', -var('connection_old_days'), 'max(newest.observed_at)'
                ) }}
            from {{ source('gate', 'watermarks') }} as newest
        )
    group by watermarks.connection
    order by watermarks.connection
{%- endmacro %}
