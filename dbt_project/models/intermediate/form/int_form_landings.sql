{#-
    Every response with the application that it opened: the one that its
    registration is attributed to, else the one of its token, unless the
    registration turned out to be a stranger's. Beside it the seconds between it
    and the nearest of the mails with the token, which may have been sent again,
    and the burst that it is part of: landings of one network on the company's
    forms that follow each other closely, also those without a token.
-#}
with

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

networks as (
    select * from {{ ref("stg_vault__network_keys") }}
),

tokens as (
    select * from {{ ref("int_tokens_mailed") }}
),

mails as (
    select * from {{ ref("int_mails_unioned") }}
),

registrations as (
    select * from {{ ref("int_registrations_matched") }}
),

nearest_mails as (
    select
        responses.response_id,
        min(abs(
            {{ seconds_between("mails.sent_at", "responses.landed_at") }}
        )) as seconds_from_mail
    from responses
    inner join mails
        on
            responses.company_id = mails.company_id
            and responses.token = mails.token
    group by responses.response_id
),

landings as (
    select
        responses.response_id,
        responses.company_id,
        responses.connection,
        responses.response_type,
        responses.token,
        responses.landed_at,
        responses.submitted_at,
        responses.form_version,
        responses.device,
        responses.agent_class,
        responses.answered_count,
        responses.last_question,
        responses.is_opening_known,
        networks.network_key,
        coalesce(registrations.application_id, tokens.application_id)
            as application_id,
        nearest_mails.seconds_from_mail
    from responses
    left join networks
        on
            responses.connection = networks.connection
            and responses.source = networks.source
            and responses.stream = networks.stream
            and responses.record_id = networks.record_id
            and responses.payload_hash = networks.payload_hash
    left join tokens
        on
            responses.company_id = tokens.company_id
            and responses.token = tokens.token
    left join nearest_mails
        on responses.response_id = nearest_mails.response_id
    left join registrations
        on responses.response_id = registrations.registration_id
),

followed as (
    select
        *,
        lag(landed_at) over network as previous_landed_at
    from landings
    window network as (
        partition by company_id, network_key
        order by landed_at, {{ byte_order("response_id") }}
    )
),

numbered as (
    select
        *,
        sum(
            case
                when
                    {{ seconds_between("previous_landed_at", "landed_at") }}
                    <= {{ var("bot_burst_gap_seconds") }}
                    then 0
                else 1
            end
        ) over (
            partition by company_id, network_key
            order by landed_at, {{ byte_order("response_id") }}
        ) as burst_number
    from followed
),

bursts as (
    select
        company_id,
        network_key,
        burst_number,
        count(distinct token) as tokens
    from numbered
    where network_key is not null
    group by company_id, network_key, burst_number
),

final as (
    select
        numbered.response_id,
        numbered.company_id,
        numbered.connection,
        numbered.application_id,
        numbered.response_type,
        numbered.landed_at,
        numbered.submitted_at,
        coalesce(numbered.form_version, '(none)') as form_version,
        coalesce(numbered.device, 'unknown') as device,
        coalesce(numbered.agent_class, 'unknown') as agent_class,
        numbered.answered_count,
        numbered.last_question,
        numbered.is_opening_known,
        numbered.seconds_from_mail,
        coalesce(bursts.tokens, 0) as tokens_in_burst
    from numbered
    left join bursts
        on
            numbered.company_id = bursts.company_id
            and numbered.network_key = bursts.network_key
            and numbered.burst_number = bursts.burst_number
)

select * from final
