{#-
    Detects two versions of a company's contract that are in force on the same
    day. The later one is taken; whether that was meant, the operator knows.
    A returned row is such a pair.
-#}
{{ config(severity="warn") }}

with

earlier as (
    select * from {{ ref("dim_contracts") }}
),

later as (
    select * from {{ ref("dim_contracts") }}
)

select
    earlier.contract_id,
    later.contract_id as overlapping_contract_id
from earlier
inner join later
    on
        earlier.company_id = later.company_id
        and (
            earlier.in_force_from < later.in_force_from
            or (
                earlier.in_force_from = later.in_force_from
                and earlier.contract_id < later.contract_id
            )
        )
        and (
            earlier.valid_to is null
            or earlier.valid_to > later.in_force_from
        )
