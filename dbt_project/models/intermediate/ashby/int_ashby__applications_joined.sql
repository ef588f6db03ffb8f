{#-
    Ashby's applications in the columns that every ATS ends in. A lead is no
    application yet. The reason counts while the application is archived.
-#}
with

applications as (
    select * from {{ ref("stg_ashby__applications") }}
),

sources as (
    select * from {{ ref("stg_ashby__sources") }}
),

archive_reasons as (
    select * from {{ ref("stg_ashby__archive_reasons") }}
),

stage_histories as (
    select * from {{ ref("stg_ashby__stage_histories") }}
),

interview_stages as (
    select * from {{ ref("stg_ashby__interview_stages") }}
),

stages as (
    select * from {{ ref("int_ashby__stages_numbered") }}
),

offers as (
    select * from {{ ref("stg_ashby__offers") }}
),

stages_ranked as (
    select
        stage_histories.application_id,
        stages.stage_name,
        stages.sort_order,
        row_number() over (
            partition by stage_histories.application_id
            order by
                stages.sort_order desc,
                {{ byte_order("stages.interview_stage_id") }} desc,
                {{ byte_order("stage_histories.stage_history_id") }} desc
        ) as position
    from stage_histories
    inner join stages
        on stage_histories.interview_stage_id = stages.interview_stage_id
),

hired_stages as (
    select
        stage_histories.application_id,
        max(stage_histories.entered_at) as entered_at
    from stage_histories
    inner join interview_stages
        on
            stage_histories.interview_stage_id
            = interview_stages.interview_stage_id
    where interview_stages.stage_type = 'Hired'
    group by stage_histories.application_id
),

offers_summed as (
    select
        application_id,
        max(case
            when acceptance_status = 'Accepted' then decided_at
        end) as accepted_at,
        max(case
            when
                offer_status in (
                    'WaitingOnCandidateResponse',
                    'CandidateAccepted',
                    'CandidateRejected'
                )
                then 1
            else 0
        end) as sent
    from offers
    group by application_id
),

final as (
    select
        applications.connection,
        'ashby' as source,
        applications.application_id,
        applications.source_application_id,
        applications.candidate_id,
        applications.job_id,
        sources.source_name as channel,
        applications.applied_at,
        applications.status,
        applications.archived_at as closed_at,
        archive_reasons.archive_reason as rejection_reason,
        applications.archive_reason_type as rejection_reason_type,
        coalesce(offers_summed.sent, 0) = 1 as has_sent_offer,
        case
            when applications.status = 'Hired'
                then
                    coalesce(
                        offers_summed.accepted_at, hired_stages.entered_at
                    )
        end as hired_at,
        stages_ranked.stage_name as stage_reached,
        stages_ranked.sort_order as stage_reached_order,
        'vendor' as stage_history
    from applications
    left join sources
        on applications.source_id = sources.source_id
    left join archive_reasons
        on applications.archive_reason_id = archive_reasons.archive_reason_id
    left join stages_ranked
        on
            applications.application_id = stages_ranked.application_id
            and stages_ranked.position = 1
    left join hired_stages
        on applications.application_id = hired_stages.application_id
    left join offers_summed
        on applications.application_id = offers_summed.application_id
    where applications.status != 'Lead'
)

select * from final
