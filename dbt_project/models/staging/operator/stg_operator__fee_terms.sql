with

landed as (
    {{ landed('operator', 'fee_terms') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ json_field("company_id") }} as company_id,
        {{ json_field("valid_from", "date") }} as valid_from,
        {{ json_field("fee_rate_percent", type_numeric()) }}
            as fee_rate_percent,
        {{ json_field("refund_steps") }} as refund_steps,
        {{ json_field("minimum_fee_yen", "bigint") }} as minimum_fee_yen
    from landed
)

select * from final
