with

landed as (
    {{ landed('operator', 'slots') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ json_field("company_id") }} as company_id,
        {{ json_field("slot_number", "integer") }} as slot_number,
        {{ json_field("granted_on", "date") }} as granted_date,
        {{ json_field("used_on", "date") }} as used_date,
        {{ json_field("introduction_id") }} as introduction_number
    from landed
)

select * from final
