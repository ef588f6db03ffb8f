with

landed as (
    {{ landed('workable', 'offers') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as candidate_id,
        {{ json_field("state") }} as offer_state
    from landed
)

select * from final
