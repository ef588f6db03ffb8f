with

landed as (
    {{ landed('herp', 'candidacies') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as candidacy_id,
        {{ scoped_id(json_field("requisitionId")) }} as requisition_id,
        {{ json_field("status") }} as status,
        nullif({{ json_field("terminationReason") }}, '') as termination_reason,
        coalesce(
            {{ json_field("channel.mediaName") }},
            nullif({{ json_field("channel.kind") }}, ''),
            {{ json_field("channel.type") }}
        ) as channel,
        {{ json_field("appliedAt", "timestamptz") }} as applied_at,
        {{ json_field("terminatedAt", "timestamptz") }} as terminated_at
    from landed
)

select * from final
