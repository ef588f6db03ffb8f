{{ config(indexes=[
    {"columns": ["company_id", "applied_date"]},
    {"columns": ["person_id"]},
]) }}

with

applications as (
    select * from {{ ref("int_applications_decided") }}
),

persons as (
    select * from {{ ref("int_persons_resolved") }}
),

final as (
    select
        applications.application_id,
        applications.company_id,
        applications.connection,
        coalesce(persons.person_id, applications.candidate_id) as person_id,
        coalesce(persons.group_person_id, applications.candidate_id)
            as group_person_id,
        applications.job_id,
        applications.channel,
        applications.applied_at,
        {{ local_date("applications.applied_at") }} as applied_date,
        applications.outcome,
        applications.ended_at,
        {{ local_date("applications.ended_at") }} as ended_date,
        applications.rejection_reason,
        applications.rejection_reason_type,
        applications.stage_reached,
        applications.stage_reached_order,
        applications.stage_history,
        applications.hired_at
    from applications
    left join persons
        on applications.candidate_id = persons.candidate_id
)

select * from final
