with

landed as (
    {{ landed('talentio', 'candidates') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as candidate_id,
        {{ scoped_id(json_field("requisition.id")) }} as requisition_id,
        {{ json_field("status") }} as status,
        coalesce(
            nullif({{ json_field("channelName") }}, ''),
            {{ json_field("channelType") }}
        ) as channel,
        {{ json_field("registeredAt", "timestamptz") }} as registered_at,
        {{ json_field("fixedAt", "timestamptz") }} as fixed_at
    from landed
)

select * from final
