with

landed as (
    {{ landed('greenhouse', 'job_interview_stages') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as job_interview_stage_id,
        {{ scoped_id(json_field("job_id")) }} as job_id,
        {{ json_field("name") }} as stage_name,
        {{ json_field("sort_order", "integer") }} as sort_order
    from landed
)

select * from final
