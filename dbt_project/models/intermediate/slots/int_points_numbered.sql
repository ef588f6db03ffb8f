{#-
    Counted registrations with the contract version in force on their day, and
    their number within that version. A count on a day without a contract earns
    no point; where versions overlap, the later one is in force.
-#}
with

counted as (
    select * from {{ ref("int_registrations_counted") }}
),

contracts as (
    select * from {{ ref("int_contracts_unioned") }}
),

in_force as (
    select
        counted.company_id,
        counted.registration_id,
        counted.counted_at,
        contracts.contract_id,
        row_number() over (
            partition by counted.registration_id
            order by
                contracts.valid_from desc,
                {{ byte_order("contracts.contract_version") }} desc
        ) as position
    from counted
    inner join contracts
        on
            counted.company_id = contracts.company_id
            and {{ local_date("counted.counted_at") }} >= contracts.valid_from
            and (
                contracts.valid_to is null
                or {{ local_date("counted.counted_at") }} < contracts.valid_to
            )
),

final as (
    select
        company_id,
        registration_id,
        counted_at,
        contract_id,
        cast(row_number() over (
            partition by contract_id
            order by counted_at, {{ byte_order("registration_id") }}
        ) as integer) as count_number
    from in_force
    where position = 1
)

select * from final
