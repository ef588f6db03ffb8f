with

connections as (
    select * from {{ source("landing", "connections") }}
),

final as (
    select
        connection,
        company_id,
        source
    from connections
)

select * from final
