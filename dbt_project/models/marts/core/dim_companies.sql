with

companies as (
    select * from {{ ref("stg_landing__companies") }}
),

contracts as (
    select * from {{ ref("dim_contracts") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

starts as (
    select
        company_id,
        min(valid_from) as programme_start_date
    from contracts
    where contract_version != 'default'
    group by company_id
),

in_force as (
    select
        contracts.company_id,
        contracts.contract_id,
        row_number() over (
            partition by contracts.company_id
            order by
                contracts.in_force_from desc,
                {{ byte_order("contracts.contract_version") }} desc
        ) as position
    from contracts
    inner join as_of
        on
            contracts.in_force_from <= as_of.as_of_date
            and (
                contracts.valid_to is null
                or contracts.valid_to > as_of.as_of_date
            )
),

final as (
    select
        companies.company_id,
        companies.company_name,
        starts.programme_start_date,
        in_force.contract_id as current_contract_id
    from companies
    left join starts
        on companies.company_id = starts.company_id
    left join in_force
        on
            companies.company_id = in_force.company_id
            and in_force.position = 1
)

select * from final
