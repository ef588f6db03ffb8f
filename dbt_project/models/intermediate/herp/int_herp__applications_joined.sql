{#-
    HERP's candidacies in the columns that every ATS ends in. A candidacy holds
    its person, so it is its own candidate.
-#}
with

candidacies as (
    select * from {{ ref("stg_herp__candidacies") }}
),

stages as (
    select * from {{ ref("int_herp__candidacies_staged") }}
),

stages_ranked as (
    select
        candidacy_id,
        stage_name,
        stage_order,
        row_number() over (
            partition by candidacy_id
            order by
                stage_order desc nulls last,
                {{ byte_order("stage_name") }} desc,
                {{ byte_order("requisition_id") }} desc nulls last
        ) as position
    from stages
),

offers as (
    select distinct candidacy_id
    from stages
    where is_offer
),

final as (
    select
        candidacies.connection,
        'herp' as source,
        candidacies.candidacy_id as application_id,
        candidacies.record_id as source_application_id,
        candidacies.candidacy_id as candidate_id,
        candidacies.requisition_id as job_id,
        candidacies.channel,
        candidacies.applied_at,
        candidacies.status,
        case
            when candidacies.status = 'terminated'
                then candidacies.terminated_at
        end as closed_at,
        cast(null as {{ type_string() }}) as rejection_reason,
        candidacies.termination_reason as rejection_reason_type,
        offers.candidacy_id is not null as has_sent_offer,
        case
            when
                candidacies.status = 'terminated'
                and candidacies.termination_reason = 'hired'
                then candidacies.terminated_at
        end as hired_at,
        stages_ranked.stage_name as stage_reached,
        stages_ranked.stage_order as stage_reached_order,
        'snapshots' as stage_history
    from candidacies
    left join stages_ranked
        on
            candidacies.candidacy_id = stages_ranked.candidacy_id
            and stages_ranked.position = 1
    left join offers
        on candidacies.candidacy_id = offers.candidacy_id
)

select * from final
