with

landed as (
    {{ landed('operator', 'attestations') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ json_field("company_id") }} as company_id,
        {{ json_field("company_id") }}
        || ':'
        || {{ json_field("join_id") }} as join_id,
        {{ json_field("month") }} as attested_month,
        {{ json_field("observed_on", "date") }} as observed_date,
        {{ json_field("employed") }} as employed,
        {{ json_field("left_on", "date") }} as left_date,
        {{ json_field("leave_type") }} as leave_type
    from landed
)

select * from final
