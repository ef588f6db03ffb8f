{#-
    When the form of an application was first opened: by its token, unless that
    response turned out to belong to another application, or by a registration
    attributed to it.
-#}
with

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

tokens as (
    select * from {{ ref("int_tokens_mailed") }}
),

registrations as (
    select * from {{ ref("int_registrations_matched") }}
),

opens as (
    select
        tokens.application_id,
        responses.landed_at
    from responses
    inner join tokens
        on
            responses.company_id = tokens.company_id
            and responses.token = tokens.token
    left join registrations
        on responses.response_id = registrations.registration_id
    where
        registrations.application_id is null
        or registrations.application_id = tokens.application_id
    union all
    select
        application_id,
        landed_at
    from registrations
    where application_id is not null
),

final as (
    select
        application_id,
        min(landed_at) as opened_at
    from opens
    group by application_id
)

select * from final
