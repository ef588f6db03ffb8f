with

landed as (
    {{ landed('greenhouse', 'rejection_reasons') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as rejection_reason_id,
        {{ json_field("name") }} as rejection_reason,
        {{ json_field("type.key") }} as rejection_reason_type
    from landed
)

select * from final
