{#-
    Workable's candidates, who are one application each, in the columns that
    every ATS ends in. Who is only sourced has not applied yet. That a
    disqualified candidate withdrew says the timeline, or a reason that the
    connection names.
-#}
with

candidates as (
    select * from {{ ref("stg_workable__candidates") }}
),

activities as (
    select * from {{ ref("stg_workable__activities") }}
),

offers as (
    select * from {{ ref("stg_workable__offers") }}
),

stages as (
    select * from {{ ref("int_workable__stages_numbered") }}
),

stages_entered as (
    select
        candidate_id,
        stage_name
    from activities
    union
    select
        candidate_id,
        stage_name
    from candidates
),

stages_ranked as (
    select
        stages_entered.candidate_id,
        stages.stage_name,
        stages.sort_order,
        row_number() over (
            partition by stages_entered.candidate_id
            order by
                stages.sort_order desc,
                {{ byte_order("stages.stage_name") }}
        ) as position
    from stages_entered
    inner join candidates
        on stages_entered.candidate_id = candidates.candidate_id
    inner join stages
        on
            candidates.job_id = stages.job_id
            and stages_entered.stage_name = stages.stage_name
),

disqualifications as (
    select
        candidate_id,
        happened_at,
        has_withdrawn,
        row_number() over (
            partition by candidate_id
            order by
                happened_at desc,
                {{ byte_order("activity_id") }} desc
        ) as position
    from activities
    where action = 'disqualified'
),

final as (
    select
        candidates.connection,
        'workable' as source,
        candidates.candidate_id as application_id,
        candidates.source_candidate_id as source_application_id,
        candidates.candidate_id,
        candidates.job_id,
        candidates.channel,
        candidates.applied_at,
        case
            when candidates.is_disqualified then 'disqualified'
            when candidates.hired_at is not null then 'hired'
            else 'active'
        end as status,
        case
            when candidates.is_disqualified then disqualifications.happened_at
        end as closed_at,
        candidates.disqualification_reason as rejection_reason,
        case
            when
                disqualifications.has_withdrawn
                or candidates.is_withdrawal_reason
                then 'withdrew'
            when disqualifications.candidate_id is not null then 'rejected'
        end as rejection_reason_type,
        coalesce(offers.offer_state in ('sent', 'accepted', 'declined'), false)
            as has_sent_offer,
        candidates.hired_at,
        stages_ranked.stage_name as stage_reached,
        stages_ranked.sort_order as stage_reached_order,
        'vendor' as stage_history
    from candidates
    left join stages_ranked
        on
            candidates.candidate_id = stages_ranked.candidate_id
            and stages_ranked.position = 1
    left join disqualifications
        on
            candidates.candidate_id = disqualifications.candidate_id
            and disqualifications.position = 1
    left join offers
        on candidates.candidate_id = offers.candidate_id
    where coalesce(candidates.stage_kind, '') != 'sourced'
)

select * from final
