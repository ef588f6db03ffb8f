with

landed as (
    {{ landed('lever', 'applications') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as lever_application_id,
        {{ scoped_id(json_field("parent_id")) }} as application_id,
        {{ scoped_id(json_field("posting")) }} as job_id,
        {{ json_epoch_ms("createdAt") }} as applied_at
    from landed
)

select * from final
