{#-
    When a rejected application's mail with the link went out: the earliest one
    recorded from a day before the rejection on. An application without a row
    is unknown, not unmailed.
-#}
with

applications as (
    select * from {{ ref("int_applications_decided") }}
),

mails as (
    select * from {{ ref("int_mails_unioned") }}
),

final as (
    select
        applications.application_id,
        min(mails.sent_at) as mailed_at
    from applications
    inner join mails
        on
            applications.application_id = mails.application_id
            and {{ dateadd("hour", -24, "applications.rejected_at") }}
            <= mails.sent_at
    group by applications.application_id
)

select * from final
