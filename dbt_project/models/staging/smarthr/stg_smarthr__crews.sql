{#- Deleted crews stay, marked: a leaving that was seen remains known. -#}
{{ config(meta={"keeps_deleted": true}) }}

with

landed as (
    {{ landed('smarthr', 'crews') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as employee_id,
        nullif({{ json_field("emp_code") }}, '') as employee_number,
        {{ json_field("emp_status") }} as emp_status,
        {{ json_field("entered_at", "date") }} as entered_date,
        {{ json_field("resigned_at", "date") }} as resigned_date,
        {{ json_field("leave_type") }} as leave_type
    from landed
)

select * from final
