{#-
    Openings and clicks with the verdict on who did it. A click that a person's
    landing on the form follows at once is human, whatever else speaks against
    it; else the first reason holds. What a provider calls a machine is one: so
    are openings by a mail program that loads every picture beforehand.
-#}
with

events as (
    select * from {{ ref("int_mail_events_unioned") }}
),

mails as (
    select * from {{ ref("int_mails_evented") }}
),

tokens as (
    select * from {{ ref("int_tokens_mailed") }}
),

sessions as (
    select * from {{ ref("int_form_sessions") }}
),

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

acts as (
    select *
    from events
    where event_type in ('opened', 'clicked')
),

deliveries as (
    select
        connection,
        message_key,
        min(occurred_at) as delivered_at
    from events
    where event_type = 'delivered'
    group by connection, message_key
),

-- the tokens that a landing may have come from: its own, its application's
landings as (
    select
        sessions.company_id,
        responses.token,
        sessions.landed_at,
        sessions.is_probable_bot
    from sessions
    inner join responses
        on sessions.response_id = responses.response_id
    where responses.token is not null
    union
    select
        sessions.company_id,
        tokens.token,
        sessions.landed_at,
        sessions.is_probable_bot
    from sessions
    inner join tokens
        on sessions.application_id = tokens.application_id
),

followed as (
    select
        acts.event_id,
        max(case when landings.is_probable_bot then 0 else 1 end)
            as is_by_human
    from acts
    inner join landings
        on
            acts.company_id = landings.company_id
            and acts.token = landings.token
            and acts.occurred_at <= landings.landed_at
            and {{ seconds_between("acts.occurred_at", "landings.landed_at") }}
            <= {{ var("click_landing_seconds") }}
    where acts.event_type = 'clicked'
    group by acts.event_id
),

bursts as (
    select
        acts.event_id,
        count(distinct others.link) as links
    from acts
    inner join acts as others
        on
            acts.connection = others.connection
            and acts.message_key = others.message_key
            and abs(
                {{ seconds_between("acts.occurred_at", "others.occurred_at") }}
            ) <= {{ var("bot_mail_links_seconds") }}
    where acts.event_type = 'clicked'
    group by acts.event_id
),

judged as (
    select
        acts.*,
        case
            when followed.is_by_human = 1 then null
            when acts.is_machine then 'provider'
            when acts.agent_class = 'scanner' then 'scanner_agent'
            when acts.agent_class = 'library' then 'library_agent'
            when
                abs({{ seconds_between(
                    "coalesce(deliveries.delivered_at, mails.sent_at)",
                    "acts.occurred_at"
                ) }}) <= {{ var("bot_seconds_after_mail") }}
                then 'seconds_after_delivery'
            when bursts.links >= {{ var("bot_mail_links") }} then 'many_links'
            when followed.is_by_human = 0 then 'machine_landing'
        end as bot_reason
    from acts
    left join followed
        on acts.event_id = followed.event_id
    left join bursts
        on acts.event_id = bursts.event_id
    left join deliveries
        on
            acts.connection = deliveries.connection
            and acts.message_key = deliveries.message_key
    left join mails
        on acts.connection || ':' || acts.message_key = mails.mail_id
),

final as (
    select
        event_id,
        company_id,
        connection,
        token,
        event_type,
        occurred_at,
        bot_reason is not null as is_probable_bot,
        bot_reason
    from judged
)

select * from final
