with

companies as (
    select * from {{ source("landing", "companies") }}
),

final as (
    select
        company_id,
        company_name
    from companies
)

select * from final
