{#- Merges as webhooks tell them; none where there are no webhooks. -#}
with

landed as (
    {{ landed_if_any('greenhouse', 'candidate_merges') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        record_id as source_candidate_id,
        {{ scoped_id("record_id") }} as candidate_id,
        {{ scoped_id(json_field("new_candidate_id")) }} as survivor_id
    from landed
)

select * from final
