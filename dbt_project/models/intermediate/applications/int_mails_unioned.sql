{#-
    Every source's record of mails with a link: one line per source. One mail
    may be on several records: they have the token in common.
-#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    {{ union_used(
        ["int_greenhouse__mails_filtered", "int_operator__mails_joined"],
        "connection, mail_id, application_id, token, sent_at"
    ) }}
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
