{#-
    Lever's opportunities that have an application, in the columns that every
    ATS ends in; one without is a lead. The text of the archive reason is what
    the outcome is looked up by: a hire is archived like everything else. An
    application whose posting was deleted stays, without a job.
-#}
with

opportunities as (
    select * from {{ ref("stg_lever__opportunities") }}
),

applications as (
    select * from {{ ref("int_lever__applications_ranked") }}
),

postings as (
    select * from {{ ref("stg_lever__postings") }}
),

archive_reasons as (
    select * from {{ ref("stg_lever__archive_reasons") }}
),

stages_entered as (
    select * from {{ ref("int_lever__stages_entered") }}
),

offers as (
    select * from {{ ref("stg_lever__offers") }}
),

outcome_map as (
    select * from {{ ref("outcome_map") }}
),

stages_ranked as (
    select
        application_id,
        stage_name,
        sort_order,
        row_number() over (
            partition by application_id
            order by
                sort_order desc,
                {{ byte_order("stage_id") }} desc
        ) as position
    from stages_entered
),

offers_sent as (
    select distinct application_id
    from offers
    where
        sent_at is not null
        or offer_status in ('sent', 'sent-manually', 'opened', 'signed')
),

final as (
    select
        opportunities.connection,
        'lever' as source,
        opportunities.application_id,
        opportunities.source_application_id,
        opportunities.candidate_id,
        postings.job_id,
        opportunities.channel,
        applications.applied_at,
        opportunities.status,
        opportunities.archived_at as closed_at,
        archive_reasons.archive_reason as rejection_reason,
        archive_reasons.archive_reason as rejection_reason_type,
        offers_sent.application_id is not null as has_sent_offer,
        case
            when outcome_map.outcome = 'hired' then opportunities.archived_at
        end as hired_at,
        stages_ranked.stage_name as stage_reached,
        stages_ranked.sort_order as stage_reached_order,
        'vendor' as stage_history
    from opportunities
    inner join applications
        on opportunities.application_id = applications.application_id
    left join postings
        on applications.job_id = postings.job_id
    left join archive_reasons
        on
            opportunities.archive_reason_id = archive_reasons.archive_reason_id
    left join outcome_map
        on
            outcome_map.source = 'lever'
            and opportunities.status = outcome_map.status
            and archive_reasons.archive_reason = outcome_map.reason_type
    left join stages_ranked
        on
            opportunities.application_id = stages_ranked.application_id
            and stages_ranked.position = 1
    left join offers_sent
        on opportunities.application_id = offers_sent.application_id
)

select * from final
