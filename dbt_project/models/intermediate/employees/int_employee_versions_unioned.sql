{#-
    Every version of every HR system's records: one part of the union per
    source.
-#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

final as (
    select
        connection,
        cast(null as {{ type_string() }}) as stream,
        cast(null as {{ type_string() }}) as record_id,
        {{ null_bytes() }} as payload_hash
    from connections
    where connection is null
    {%- if is_used("smarthr") %}
    union all
    select
        connection,
        'crews' as stream,
        record_id,
        payload_hash
    from {{ ref("stg_smarthr__crew_versions") }}
    {%- endif %}
    {%- if is_used("freee") %}
    union all
    select
        connection,
        'employees' as stream,
        record_id,
        payload_hash
    from {{ ref("stg_freee__employee_versions") }}
    {%- endif %}
)

select * from final
