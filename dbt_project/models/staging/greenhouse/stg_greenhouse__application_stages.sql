with

landed as (
    {{ landed('greenhouse', 'application_stages') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as application_stage_id,
        {{ scoped_id(json_field("application_id")) }} as application_id,
        {{ scoped_id(json_field("job_interview_stage_id")) }}
            as job_interview_stage_id,
        {{ json_field("entered_at", "timestamptz") }} as entered_at,
        {{ json_field("exited_at", "timestamptz") }} as exited_at
    from landed
)

select * from final
