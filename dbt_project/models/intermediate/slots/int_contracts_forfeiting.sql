{#-
    The moments at which a company's open points lapse: the start of each
    version that says so, if it is in force then. Of versions with one start
    the last by name is.
-#}
with

contracts as (
    select * from {{ ref("int_contracts_unioned") }}
),

ranked as (
    select
        company_id,
        contract_id,
        in_force_from,
        points_carry_over,
        row_number() over (
            partition by company_id, in_force_from
            order by {{ byte_order("contract_version") }} desc
        ) as position
    from contracts
    where
        valid_to is null
        or valid_to > in_force_from
),

final as (
    select
        company_id,
        contract_id,
        {{ local_midnight("in_force_from") }} as lapses_at,
        cast(row_number() over (
            partition by company_id
            order by in_force_from
        ) as {{ type_int() }}) as lapse_number
    from ranked
    where
        position = 1
        and points_carry_over = 'forfeit'
)

select * from final
