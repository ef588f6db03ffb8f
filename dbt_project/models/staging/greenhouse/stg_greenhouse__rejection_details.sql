with

landed as (
    {{ landed('greenhouse', 'rejection_details') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as rejection_detail_id,
        {{ scoped_id(json_field("application_id")) }} as application_id,
        {{ scoped_id(json_field("rejection_reason_id")) }}
            as rejection_reason_id,
        {{ json_field("rejected_at", "timestamptz") }} as rejected_at
    from landed
)

select * from final
