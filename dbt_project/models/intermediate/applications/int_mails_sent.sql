{#-
    When a rejected application's mail with the link went out, and what became
    of it: the earliest one recorded from a day before the rejection on. An
    application without a row is unknown, not unmailed. It is bounced when no
    mail of it is known to have got further.
-#}
with

applications as (
    select * from {{ ref("int_applications_decided") }}
),

mails as (
    select * from {{ ref("int_mails_unioned") }}
),

outcomes as (
    select * from {{ ref("int_mail_outcomes") }}
),

joined as (
    select
        applications.application_id,
        mails.sent_at,
        outcomes.delivered_at,
        outcomes.bounced_at,
        outcomes.clicked_at,
        outcomes.human_clicked_at,
        case
            when outcomes.delivered_at is not null then 'delivered'
            when outcomes.bounced_at is not null then 'bounced'
            else 'sent'
        end as mail_state
    from applications
    inner join mails
        on
            applications.application_id = mails.application_id
            and {{ dateadd("hour", -24, "applications.rejected_at") }}
            <= mails.sent_at
    left join outcomes
        on
            mails.company_id = outcomes.company_id
            and mails.token = outcomes.token
),

final as (
    select
        application_id,
        min(sent_at) as mailed_at,
        min(delivered_at) as delivered_at,
        min(bounced_at) as bounced_at,
        min(clicked_at) as clicked_at,
        min(human_clicked_at) as human_clicked_at,
        case
            when
                count(case when mail_state = 'delivered' then 1 end) > 0
                then 'delivered'
            when count(case when mail_state = 'sent' then 1 end) > 0 then 'sent'
            else 'bounced'
        end as mail_state
    from joined
    group by application_id
)

select * from final
