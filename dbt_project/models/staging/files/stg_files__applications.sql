with

landed as (
    {{ landed('files', 'applications') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as application_id,
        coalesce(
            {{ scoped_id(json_field("candidate_id")) }},
            {{ scoped_id("record_id") }}
        ) as candidate_id,
        {{ json_field("system") }} as system,
        coalesce(
            {{ scoped_id(json_field("job_id")) }},
            {{ scoped_id(json_field("job_name")) }}
        ) as job_id,
        {{ json_field("job_name") }} as job_name,
        {{ json_field("department") }} as department_name,
        {{ json_field("office") }} as office_name,
        {{ json_field("employment_type") }} as employment_type_label,
        {{ json_field("channel") }} as channel,
        {{ json_field("status") }} as status,
        {{ json_field("reason") }} as rejection_reason,
        {{ json_field("applied_at", "timestamptz") }} as applied_at,
        {{ json_field("decided_at", "timestamptz") }} as decided_at,
        {{ json_field("rejected_at", "timestamptz") }} as rejected_at,
        {{ json_field("withdrawn_at", "timestamptz") }} as withdrawn_at,
        {{ json_field("offered_at", "timestamptz") }} as offered_at,
        {{ json_field("hired_at", "timestamptz") }} as hired_at,
        {{ json_field("joined_at", "timestamptz") }} as joined_at,
        {{ json_field("stage_history") }} as stage_history
    from landed
)

select * from final
