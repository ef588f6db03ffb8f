with

landed as (
    {{ landed('operator', 'counted_registrations') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ json_field("company_id") }} as company_id,
        {{ json_field("registration_id") }} as registration_number,
        {{ json_field("counted_on", "date") }} as counted_date
    from landed
)

select * from final
