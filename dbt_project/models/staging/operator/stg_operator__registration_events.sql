with

landed as (
    {{ landed('operator', 'registration_events') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ json_field("company_id") }} as company_id,
        {{ json_field("registration_id") }} as registration_number,
        {{ json_field("event") }} as event,
        {{ json_field("occurred_on", "date") }} as occurred_date
    from landed
)

select * from final
