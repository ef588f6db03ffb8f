with

companies as (
    select * from {{ source("landing", "companies") }}
),

final as (
    select
        company_id,
        company_name,
        group_id
    from companies
)

select * from final
