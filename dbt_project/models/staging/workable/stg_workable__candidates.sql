with

landed as (
    {{ landed('workable', 'candidates') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as candidate_id,
        record_id as source_candidate_id,
        {{ scoped_id(json_field("job_shortcode")) }} as job_id,
        {{ json_field("stage") }} as stage_name,
        {{ json_field("stage_kind") }} as stage_kind,
        coalesce({{ json_field("disqualified", "boolean") }}, false)
            as is_disqualified,
        {{ json_field("disqualification_reason") }} as disqualification_reason,
        coalesce({{ json_field("withdrew_by_reason", "boolean") }}, false)
            as is_withdrawal_reason,
        {{ json_field("common_source") }} as channel,
        {{ json_field("created_at", "timestamptz") }} as applied_at,
        {{ json_field("hired_at", "timestamptz") }} as hired_at
    from landed
)

select * from final
