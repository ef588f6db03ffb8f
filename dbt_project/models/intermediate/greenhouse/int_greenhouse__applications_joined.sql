{#- Greenhouse's applications in the columns that every ATS ends in. -#}
with

applications as (
    select * from {{ ref("stg_greenhouse__applications") }}
),

sources as (
    select * from {{ ref("stg_greenhouse__sources") }}
),

application_stages as (
    select * from {{ ref("stg_greenhouse__application_stages") }}
),

job_interview_stages as (
    select * from {{ ref("stg_greenhouse__job_interview_stages") }}
),

rejection_details as (
    select * from {{ ref("stg_greenhouse__rejection_details") }}
),

rejection_reasons as (
    select * from {{ ref("stg_greenhouse__rejection_reasons") }}
),

offers as (
    select * from {{ ref("stg_greenhouse__offers") }}
),

stages_ranked as (
    select
        application_stages.application_id,
        job_interview_stages.stage_name,
        job_interview_stages.sort_order,
        row_number() over (
            partition by application_stages.application_id
            order by
                job_interview_stages.sort_order desc,
                {{ byte_order("job_interview_stages.job_interview_stage_id") }}
                desc,
                {{ byte_order("application_stages.application_stage_id") }}
                desc
        ) as position
    from application_stages
    inner join job_interview_stages
        on
            application_stages.job_interview_stage_id
            = job_interview_stages.job_interview_stage_id
),

stages_reached as (
    select
        application_id,
        stage_name,
        sort_order
    from stages_ranked
    where position = 1
),

rejections_ranked as (
    select
        rejection_details.application_id,
        rejection_reasons.rejection_reason,
        rejection_reasons.rejection_reason_type,
        row_number() over (
            partition by rejection_details.application_id
            order by
                rejection_details.rejected_at desc nulls last,
                {{ byte_order("rejection_details.rejection_detail_id") }} desc
        ) as position
    from rejection_details
    left join rejection_reasons
        on
            rejection_details.rejection_reason_id
            = rejection_reasons.rejection_reason_id
),

rejections as (
    select
        application_id,
        rejection_reason,
        rejection_reason_type
    from rejections_ranked
    where position = 1
),

offers_accepted as (
    select
        application_id,
        resolved_at,
        row_number() over (
            partition by application_id
            order by
                offer_version desc,
                {{ byte_order("offer_id") }} desc
        ) as position
    from offers
    where offer_status = 'Accepted'
),

offers_sent as (
    select distinct application_id
    from offers
    where sent_date is not null
),

final as (
    select
        applications.connection,
        'greenhouse' as source,
        applications.application_id,
        applications.source_application_id,
        applications.candidate_id,
        applications.job_id,
        sources.source_name as channel,
        applications.applied_at,
        applications.status,
        applications.rejected_at as closed_at,
        rejections.rejection_reason,
        rejections.rejection_reason_type,
        offers_sent.application_id is not null as has_sent_offer,
        offers_accepted.resolved_at as hired_at,
        stages_reached.stage_name as stage_reached,
        stages_reached.sort_order as stage_reached_order,
        'vendor' as stage_history
    from applications
    left join sources
        on applications.source_id = sources.source_id
    left join stages_reached
        on applications.application_id = stages_reached.application_id
    left join rejections
        on applications.application_id = rejections.application_id
    left join offers_accepted
        on
            applications.application_id = offers_accepted.application_id
            and offers_accepted.position = 1
    left join offers_sent
        on applications.application_id = offers_sent.application_id
    where not applications.is_prospect
)

select * from final
