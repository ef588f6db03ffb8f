{#-
    Every application's outcome. A code that the seed does not know leaves the
    outcome NULL, which the tests refuse. The type of the reason counts for the
    statuses for which the seed names types.
-#}
with

applications as (
    select * from {{ ref("int_applications_unioned") }}
),

outcome_map as (
    select * from {{ ref("outcome_map") }}
),

statuses_with_types as (
    select distinct
        source,
        status
    from outcome_map
    where reason_type is not null
),

mapped as (
    select
        applications.*,
        case
            when
                outcome_map.outcome = 'withdrawn_by_candidate'
                and applications.has_sent_offer
                then 'offer_declined'
            else outcome_map.outcome
        end as outcome
    from applications
    left join statuses_with_types
        on
            applications.source = statuses_with_types.source
            and applications.status = statuses_with_types.status
    left join outcome_map
        on
            applications.source = outcome_map.source
            and applications.status = outcome_map.status
            and coalesce(
                case
                    when statuses_with_types.status is not null
                        then applications.rejection_reason_type
                end,
                ''
            ) = coalesce(outcome_map.reason_type, '')
),

final as (
    select
        company_id,
        connection,
        application_id,
        source_application_id,
        candidate_id,
        job_id,
        channel,
        applied_at,
        outcome,
        case
            when outcome not in ('in_process', 'hired') then closed_at
        end as ended_at,
        case
            when outcome = 'rejected_by_company' then closed_at
        end as rejected_at,
        case
            when outcome not in ('in_process', 'hired') then rejection_reason
        end as rejection_reason,
        case
            when outcome not in ('in_process', 'hired')
                then rejection_reason_type
        end as rejection_reason_type,
        hired_at,
        stage_reached,
        stage_reached_order,
        stage_history
    from mapped
)

select * from final
