{#-
    What became of each mailed link, as far as a provider tells. A mail that
    bounced after it was taken for delivered has not arrived.
-#}
with

events as (
    select * from {{ ref("int_mail_events_unioned") }}
),

acts as (
    select * from {{ ref("int_mail_events_judged") }}
),

arrivals as (
    select
        company_id,
        token,
        message_key,
        min(case when event_type = 'bounced' then occurred_at end)
            as bounced_at,
        min(case when event_type = 'delivered' then occurred_at end)
            as delivered_at
    from events
    where token is not null
    group by company_id, token, message_key
),

links as (
    select
        company_id,
        token,
        min(bounced_at) as bounced_at,
        min(case when bounced_at is null then delivered_at end)
            as delivered_at
    from arrivals
    group by company_id, token
),

clicks as (
    select
        company_id,
        token,
        min(occurred_at) as clicked_at,
        min(case when not is_probable_bot then occurred_at end)
            as human_clicked_at
    from acts
    where
        event_type = 'clicked'
        and token is not null
    group by company_id, token
),

final as (
    select
        links.company_id,
        links.token,
        links.delivered_at,
        links.bounced_at,
        clicks.clicked_at,
        clicks.human_clicked_at
    from links
    left join clicks
        on
            links.company_id = clicks.company_id
            and links.token = clicks.token
)

select * from final
