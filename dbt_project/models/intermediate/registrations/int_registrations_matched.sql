{#-
    Which application a registration is attributed to, and by what: a token
    that agrees, an e-mail with a name or phone, a phone with a name. Nothing
    weaker matches.
-#}
with

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

applications as (
    select * from {{ ref("int_applications_decided") }}
),

persons as (
    select * from {{ ref("int_persons_resolved") }}
),

links as (
    select * from {{ ref("int_identities_linked") }}
),

tokened as (
    select * from {{ ref("int_registrations_tokened") }}
),

registrations as (
    select
        responses.company_id,
        responses.connection,
        responses.response_id as registration_id,
        persons.person_id,
        responses.landed_at,
        responses.submitted_at,
        responses.has_consent
    from responses
    inner join persons
        on responses.response_id = persons.registration_id
    where responses.response_type = 'completed'
),

identity_methods as (
    select
        substring(node_key, 3) as registration_id,
        min(case
            when link_type in ('email_name', 'email_phone') then 'email'
            else 'phone'
        end) as match_method
    from links
    where
        node_key like 'r:%'
        and is_with_candidate
    group by node_key
),

person_applications as (
    select
        persons.person_id,
        applications.connection,
        applications.application_id,
        applications.application_number,
        applications.rejected_at
    from applications
    inner join persons
        on applications.candidate_id = persons.candidate_id
    where applications.outcome = 'rejected_by_company'
),

identity_candidates as (
    select
        registrations.registration_id,
        identity_methods.match_method,
        person_applications.application_id,
        row_number() over (
            partition by registrations.registration_id
            order by
                person_applications.rejected_at desc,
                {{ byte_order("person_applications.connection") }} desc,
                person_applications.application_number desc,
                {{ byte_order("person_applications.application_id") }} desc
        ) as position
    from registrations
    inner join identity_methods
        on registrations.registration_id = identity_methods.registration_id
    inner join person_applications
        on
            registrations.person_id = person_applications.person_id
            and registrations.submitted_at >= person_applications.rejected_at
),

final as (
    select
        registrations.*,
        case
            when tokened.is_agreeing then tokened.application_id
            else identity_candidates.application_id
        end as application_id,
        case
            when tokened.is_agreeing then 'token'
            else identity_candidates.match_method
        end as match_method,
        case
            when tokened.is_agreeing then 'matched'
            when identity_candidates.application_id is not null then 'matched'
            when tokened.registration_id is not null then 'conflict'
            else 'unmatched'
        end as match_status
    from registrations
    left join tokened
        on registrations.registration_id = tokened.registration_id
    left join identity_candidates
        on
            registrations.registration_id = identity_candidates.registration_id
            and identity_candidates.position = 1
)

select * from final
