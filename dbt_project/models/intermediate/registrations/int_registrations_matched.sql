{#-
    Which application a registration is attributed to, and by what: a token
    that agrees (tier 1), an e-mail with a name or phone (2), a phone with a
    name (3), or a human's decision (0). Nothing weaker matches.
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

decisions as (
    select * from {{ ref("int_identity_decisions") }}
),

registrations as (
    select
        responses.company_id,
        responses.connection,
        responses.response_id as registration_id,
        persons.person_id,
        persons.group_person_id,
        persons.programme_person_id,
        responses.landed_at,
        responses.submitted_at,
        responses.has_consent
    from responses
    inner join persons
        on responses.response_id = persons.registration_id
    where responses.response_type = 'completed'
),

link_methods as (
    select
        node_key,
        min(case
            when link_type like 'email%' then 'email' else 'phone'
        end) as match_method,
        min(tier) as tier
    from links
    where
        node_key like 'r:%'
        and is_with_candidate
    group by node_key
),

joined_by_humans as (
    select left_node_key as node_key
    from decisions
    where verdict = 'same'
    union
    select right_node_key as node_key
    from decisions
    where verdict = 'same'
),

identity_methods as (
    select
        registrations.registration_id,
        coalesce(link_methods.match_method, 'human') as match_method,
        coalesce(link_methods.tier, 0) as tier
    from registrations
    left join link_methods
        on 'r:' || registrations.registration_id = link_methods.node_key
    left join joined_by_humans
        on 'r:' || registrations.registration_id = joined_by_humans.node_key
    where
        link_methods.node_key is not null
        or joined_by_humans.node_key is not null
),

confirmed as (
    select
        tokened.registration_id,
        tokened.application_id
    from tokened
    inner join persons as registrants
        on tokened.registration_id = registrants.registration_id
    inner join persons as applicants
        on
            tokened.candidate_id = applicants.candidate_id
            and registrants.person_id = applicants.person_id
    where tokened.is_agreeing
),

person_applications as (
    select
        persons.person_id,
        applications.connection,
        applications.application_id,
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
        identity_methods.tier,
        person_applications.application_id,
        row_number() over (
            partition by registrations.registration_id
            order by
                person_applications.rejected_at desc,
                {{ byte_order("person_applications.connection") }} desc,
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
        coalesce(confirmed.application_id, identity_candidates.application_id)
            as application_id,
        case
            when confirmed.registration_id is not null then 'token'
            else identity_candidates.match_method
        end as match_method,
        case
            when confirmed.registration_id is not null then 1
            else identity_candidates.tier
        end as tier,
        case
            when confirmed.registration_id is not null then 'matched'
            when identity_candidates.application_id is not null then 'matched'
            when tokened.registration_id is not null then 'conflict'
            else 'unmatched'
        end as match_status
    from registrations
    left join tokened
        on registrations.registration_id = tokened.registration_id
    left join confirmed
        on registrations.registration_id = confirmed.registration_id
    left join identity_candidates
        on
            registrations.registration_id = identity_candidates.registration_id
            and identity_candidates.position = 1
)

select * from final
