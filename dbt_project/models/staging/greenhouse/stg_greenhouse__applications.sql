with

landed as (
    {{ landed('greenhouse', 'applications') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as application_id,
        record_id as source_application_id,
        {{ scoped_id(json_field("candidate_id")) }} as candidate_id,
        {{ scoped_id(json_field("job_id")) }} as job_id,
        {{ scoped_id(json_field("source_id")) }} as source_id,
        {{ json_field("status") }} as status,
        coalesce({{ json_field("prospect", "boolean") }}, false)
            as is_prospect,
        {{ json_field("created_at", "timestamptz") }} as applied_at,
        {{ json_field("rejected_at", "timestamptz") }} as rejected_at
    from landed
)

select * from final
