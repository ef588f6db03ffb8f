{#-
    Every HR system's employees: one part of the union per source. Days alone
    say who is there; a status without its day says that nothing is known.
-#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

watermarks as (
    select * from {{ ref("stg_gate__watermarks") }}
),

unioned as (
    select
        connection,
        cast(null as {{ type_string() }}) as stream,
        cast(null as {{ type_string() }}) as record_id,
        cast(null as {{ type_string() }}) as employee_id,
        cast(null as {{ type_string() }}) as employee_number,
        cast(null as date) as entered_date,
        cast(null as date) as resigned_date,
        cast(null as {{ type_string() }}) as leave_type,
        false as is_undated_leaver,
        false as is_deleted
    from connections
    where connection is null
    {%- if is_used("smarthr") %}
    union all
    select
        connection,
        'crews' as stream,
        record_id,
        employee_id,
        employee_number,
        entered_date,
        resigned_date,
        leave_type,
        emp_status = 'retired' and resigned_date is null as is_undated_leaver,
        is_deleted
    from {{ ref("stg_smarthr__crews") }}
    {%- endif %}
    {%- if is_used("freee") %}
    union all
    select
        connection,
        'employees' as stream,
        record_id,
        employee_id,
        employee_number,
        entered_date,
        resigned_date,
        cast(null as {{ type_string() }}) as leave_type,
        false as is_undated_leaver,
        is_deleted
    from {{ ref("stg_freee__employees") }}
    {%- endif %}
),

final as (
    select
        unioned.connection,
        connections.company_id,
        connections.source,
        unioned.stream,
        unioned.record_id,
        unioned.employee_id,
        unioned.employee_number,
        unioned.entered_date,
        unioned.resigned_date,
        unioned.leave_type,
        unioned.is_undated_leaver,
        unioned.is_deleted,
        {{ local_date("watermarks.observed_at") }} as last_read_date
    from unioned
    inner join connections
        on unioned.connection = connections.connection
    inner join watermarks
        on
            unioned.connection = watermarks.connection
            and unioned.stream = watermarks.stream
)

select * from final
