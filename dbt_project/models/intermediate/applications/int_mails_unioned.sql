{#-
    Every source's record of mails with a link: one line of the union each. One
    mail may be on several records: they have the token in common.
-#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    select
        connection,
        mail_id,
        application_id,
        token,
        sent_at
    from {{ ref("int_greenhouse__mails_filtered") }}
    union all
    select
        connection,
        mail_id,
        application_id,
        token,
        sent_at
    from {{ ref("int_operator__mails_joined") }}
    union all
    select
        connection,
        mail_id,
        application_id,
        token,
        sent_at
    from {{ ref("int_mails_evented") }}
),

final as (
    select
        connections.company_id,
        unioned.*
    from unioned
    inner join connections
        on unioned.connection = connections.connection
    where unioned.application_id is not null
)

select * from final
