with

landed as (
    {{ landed('operator', 'costs') }}
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
        || {{ json_field("cost_id") }} as cost_id,
        cast({{ json_field("month") }} || '-01' as date) as cost_month,
        {{ json_field("kind") }} as cost_kind,
        {{ json_field("category") }} as category,
        {{ json_field("amount_yen", "bigint") }} as amount_yen,
        {{ json_field("is_programme") }} = 'yes' as is_programme
    from landed
)

select * from final
