with

landed as (
    {{ landed('ashby', 'applications') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as application_id,
        record_id as source_application_id,
        {{ scoped_id(json_field("candidateId")) }} as candidate_id,
        {{ scoped_id(json_field("jobId")) }} as job_id,
        {{ scoped_id(json_field("sourceId")) }} as source_id,
        {{ scoped_id(json_field("archiveReasonId")) }} as archive_reason_id,
        {{ json_field("archiveReasonType") }} as archive_reason_type,
        {{ json_field("status") }} as status,
        {{ json_field("createdAt", "timestamptz") }} as applied_at,
        {{ json_field("archivedAt", "timestamptz") }} as archived_at
    from landed
)

select * from final
