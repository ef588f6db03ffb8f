{#- Deleted employees stay, marked: a leaving that was seen remains known. -#}
{{ config(meta={"keeps_deleted": true}) }}

with

landed as (
    {{ landed('freee', 'employees') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as employee_id,
        nullif({{ json_field("num") }}, '') as employee_number,
        {{ json_field("entry_date", "date") }} as entered_date,
        {{ json_field("retire_date", "date") }} as resigned_date
    from landed
)

select * from final
