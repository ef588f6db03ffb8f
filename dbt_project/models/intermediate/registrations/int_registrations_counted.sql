{#-
    Registrations that earn a point: attributed to an application that the
    company had rejected by then, with consent, the first one of the person.
-#}
with

registrations as (
    select * from {{ ref("int_registrations_matched") }}
),

applications as (
    select * from {{ ref("int_applications_decided") }}
),

eligible as (
    select
        registrations.company_id,
        registrations.person_id,
        registrations.registration_id,
        registrations.application_id,
        registrations.submitted_at as counted_at,
        row_number() over (
            partition by registrations.company_id, registrations.person_id
            order by
                registrations.submitted_at,
                {{ byte_order("registrations.registration_id") }}
        ) as position
    from registrations
    inner join applications
        on registrations.application_id = applications.application_id
    where
        registrations.has_consent
        and applications.outcome = 'rejected_by_company'
        and applications.rejected_at <= registrations.submitted_at
),

final as (
    select
        company_id,
        person_id,
        registration_id,
        application_id,
        counted_at
    from eligible
    where position = 1
)

select * from final
