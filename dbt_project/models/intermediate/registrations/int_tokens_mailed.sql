{#-
    Which application a token belongs to. Should one token stand in the mails
    of several applications, the first mail's wins.
-#}
with

mails as (
    select * from {{ ref("int_mails_unioned") }}
),

applications as (
    select * from {{ ref("int_applications_decided") }}
),

ranked as (
    select
        mails.company_id,
        mails.token,
        applications.application_id,
        applications.candidate_id,
        row_number() over (
            partition by mails.company_id, mails.token
            order by mails.sent_at, {{ byte_order("mails.mail_id") }}
        ) as position
    from mails
    inner join applications
        on mails.application_id = applications.application_id
),

final as (
    select
        company_id,
        token,
        application_id,
        candidate_id
    from ranked
    where position = 1
)

select * from final
