{#- The mails that companies declare as sent, with their applications. -#}
with

mails as (
    select * from {{ ref("stg_operator__mails") }}
),

applications as (
    select * from {{ ref("int_applications_unioned") }}
),

-- the ids of two systems may be the same: then the newest application is meant
known as (
    select
        company_id,
        source_application_id,
        application_id,
        row_number() over (
            partition by company_id, source_application_id
            order by applied_at desc, {{ byte_order("application_id") }}
        ) as position
    from applications
),

final as (
    select
        mails.connection,
        mails.company_id,
        mails.connection || ':' || mails.token as mail_id,
        known.application_id,
        mails.token,
        mails.sent_at,
        replace(replace(mails.message_id, '<', ''), '>', '') as message_key
    from mails
    left join known
        on
            mails.company_id = known.company_id
            and mails.source_application_id = known.source_application_id
            and known.position = 1
)

select * from final
