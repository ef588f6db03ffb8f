{#-
    The applications of exports in the columns that every ATS ends in. An export
    keeps the dates of ends that were taken back, so the outcome says which date
    is that of the end.
-#}
with

applications as (
    select * from {{ ref("stg_files__applications") }}
),

stages as (
    select * from {{ ref("int_files__stages_entered") }}
),

outcomes as (
    select
        source,
        status,
        outcome
    from {{ ref("outcome_map") }}
    where reason_type is null
),

stages_ranked as (
    select
        application_id,
        stage_name,
        stage_order,
        row_number() over (
            partition by application_id
            order by
                stage_order desc nulls last,
                {{ byte_order("stage_name") }} desc
        ) as position
    from stages
),

offers as (
    select distinct application_id
    from stages
    where is_offer
),

final as (
    select
        applications.connection,
        applications.system as source,
        applications.application_id,
        applications.record_id as source_application_id,
        applications.candidate_id,
        applications.job_id,
        applications.channel,
        applications.applied_at,
        applications.status,
        case
            when outcomes.outcome = 'withdrawn_by_candidate'
                then coalesce(
                        applications.withdrawn_at,
                        applications.decided_at,
                        applications.rejected_at
                    )
            when outcomes.outcome not in ('in_process', 'hired')
                then coalesce(
                        applications.rejected_at,
                        applications.decided_at,
                        applications.withdrawn_at
                    )
        end as closed_at,
        applications.rejection_reason,
        cast(null as {{ type_string() }}) as rejection_reason_type,
        applications.offered_at is not null
        or offers.application_id is not null as has_sent_offer,
        case
            when outcomes.outcome = 'hired'
                then coalesce(
                        applications.hired_at,
                        applications.decided_at,
                        applications.joined_at
                    )
        end as hired_at,
        stages_ranked.stage_name as stage_reached,
        stages_ranked.stage_order as stage_reached_order,
        applications.stage_history
    from applications
    left join outcomes
        on
            applications.system = outcomes.source
            and applications.status = outcomes.status
    left join stages_ranked
        on
            applications.application_id = stages_ranked.application_id
            and stages_ranked.position = 1
    left join offers
        on applications.application_id = offers.application_id
)

select * from final
