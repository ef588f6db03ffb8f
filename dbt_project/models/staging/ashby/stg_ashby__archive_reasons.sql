with

landed as (
    {{ landed('ashby', 'archive_reasons') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as archive_reason_id,
        {{ json_field("text") }} as archive_reason
    from landed
)

select * from final
