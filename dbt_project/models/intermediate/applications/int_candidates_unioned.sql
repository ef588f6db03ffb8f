{#-
    Every ATS's candidates: one line per source. Where a system has no record of
    the person alone, a candidate has a row for each record that shows it; so
    has one that others were merged into.
-#}
with

merged as (
    select * from {{ ref("int_candidates_merged") }}
),

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    {{ union_people([
        ["stg_greenhouse__candidates", "candidates", "candidate_id"],
        ["stg_lever__opportunities", "opportunities", "candidate_id"],
        ["stg_ashby__candidates", "candidates", "candidate_id"],
        ["stg_workable__candidates", "candidates", "candidate_id"],
        ["stg_herp__candidacies", "candidacies", "candidacy_id as candidate_id"],
        ["stg_talentio__candidates", "candidates", "candidate_id"],
        ["stg_files__applications", "applications", "candidate_id"],
    ]) }}
),

final as (
    select
        connections.company_id,
        unioned.connection,
        unioned.source,
        unioned.stream,
        unioned.record_id,
        unioned.payload_hash,
        coalesce(merged.survivor_id, unioned.candidate_id) as candidate_id
    from unioned
    inner join connections
        on unioned.connection = connections.connection
    left join merged
        on unioned.candidate_id = merged.candidate_id
)

select * from final
