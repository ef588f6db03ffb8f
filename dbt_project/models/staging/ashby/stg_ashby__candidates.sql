with

landed as (
    {{ landed('ashby', 'candidates') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        payload_hash,
        {{ scoped_id("record_id") }} as candidate_id,
        {{ json_field("createdAt", "timestamptz") }} as created_at
    from landed
)

select * from final
