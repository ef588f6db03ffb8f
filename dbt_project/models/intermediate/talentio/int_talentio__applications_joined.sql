{#-
    Talentio's candidates in the columns that every ATS ends in: each is an
    application and its own candidate. Who is in the pool and was in no stage
    never applied.
-#}
with

candidates as (
    select * from {{ ref("stg_talentio__candidates") }}
),

stages as (
    select * from {{ ref("int_talentio__stages_named") }}
),

stages_ranked as (
    select
        candidate_id,
        stage_name,
        stage_order,
        row_number() over (
            partition by candidate_id
            order by
                stage_order desc nulls last,
                element_number desc
        ) as position
    from stages
),

offers as (
    select distinct candidate_id
    from stages
    where is_offer
),

final as (
    select
        candidates.connection,
        'talentio' as source,
        candidates.candidate_id as application_id,
        candidates.record_id as source_application_id,
        candidates.candidate_id,
        candidates.requisition_id as job_id,
        candidates.channel,
        candidates.registered_at as applied_at,
        candidates.status,
        case
            when candidates.status in ('reject', 'fail', 'pass')
                then candidates.fixed_at
        end as closed_at,
        cast(null as {{ type_string() }}) as rejection_reason,
        cast(null as {{ type_string() }}) as rejection_reason_type,
        offers.candidate_id is not null as has_sent_offer,
        case
            when candidates.status = 'pass' then candidates.fixed_at
        end as hired_at,
        stages_ranked.stage_name as stage_reached,
        stages_ranked.stage_order as stage_reached_order,
        'vendor' as stage_history
    from candidates
    left join stages_ranked
        on
            candidates.candidate_id = stages_ranked.candidate_id
            and stages_ranked.position = 1
    left join offers
        on candidates.candidate_id = offers.candidate_id
    where
        candidates.status not in ('poolActive', 'poolInactive')
        or stages_ranked.candidate_id is not null
)

select * from final
