{#-
    Every ATS's applications: one line per source. Those of a merged candidate
    are the survivor's.
-#}
with

merged as (
    select * from {{ ref("int_candidates_merged") }}
),

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    {{ union_used([
        "int_greenhouse__applications_joined",
        "int_lever__applications_joined",
        "int_ashby__applications_joined",
        "int_workable__applications_joined",
        "int_herp__applications_joined",
        "int_talentio__applications_joined",
        "int_files__applications_joined",
    ]) }}
),

final as (
    select
        connections.company_id,
        unioned.connection,
        unioned.source,
        unioned.application_id,
        unioned.source_application_id,
        coalesce(merged.survivor_id, unioned.candidate_id) as candidate_id,
        unioned.job_id,
        unioned.channel,
        unioned.applied_at,
        unioned.status,
        unioned.closed_at,
        unioned.rejection_reason,
        unioned.rejection_reason_type,
        unioned.has_sent_offer,
        unioned.hired_at,
        unioned.stage_reached,
        unioned.stage_reached_order,
        unioned.stage_history
    from unioned
    inner join connections
        on unioned.connection = connections.connection
    left join merged
        on unioned.candidate_id = merged.candidate_id
)

select * from final
