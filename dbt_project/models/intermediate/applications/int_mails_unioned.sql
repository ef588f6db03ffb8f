{#- Every source's record of mails with a link: one line per source. -#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    {{ union_used([
        "int_greenhouse__mails_filtered",
    ]) }}
),

final as (
    select
        connections.company_id,
        unioned.*
    from unioned
    inner join connections
        on unioned.connection = connections.connection
)

select * from final
