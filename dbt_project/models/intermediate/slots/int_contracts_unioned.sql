{#-
    The rules of every company by contract version: the operator's rows, and
    the programme's default for a company without any.
-#}
with

companies as (
    select * from {{ ref("stg_landing__companies") }}
),

contracts as (
    select * from {{ ref("stg_operator__contracts") }}
),

defaults as (
    select
        companies.company_id,
        'default' as contract_version,
        cast('1900-01-01' as date) as valid_from,
        cast(null as date) as valid_to,
        'consented' as counting_event,
        10 as threshold,
        1 as slots_per_threshold,
        cast(null as integer) as slot_valid_days,
        'introduced' as slot_used_by,
        'company' as dedupe_scope
    from companies
    left join contracts
        on companies.company_id = contracts.company_id
    where contracts.company_id is null
),

unioned as (
    select
        company_id,
        contract_version,
        valid_from,
        valid_to,
        counting_event,
        threshold,
        slots_per_threshold,
        slot_valid_days,
        slot_used_by,
        dedupe_scope
    from contracts
    union all
    select * from defaults
),

final as (
    select
        company_id || ':' || contract_version as contract_id,
        *
    from unioned
)

select * from final
