{#-
    The rules of every company by contract version: the operator's rows, and
    the programme's default until the first of them. A version acts from its
    first day, but never on days before it was agreed. Each rule that a
    statement leaves open stands here as what it means.
-#}
with

companies as (
    select * from {{ ref("stg_landing__companies") }}
),

contracts as (
    select * from {{ ref("stg_operator__contracts") }}
),

stated as (
    select
        company_id,
        contract_version,
        coalesce(stated_date, valid_from) as stated_date,
        valid_from,
        valid_to,
        greatest(valid_from, coalesce(stated_date, valid_from))
            as in_force_from,
        counting_event,
        eligible_stages,
        eligible_channels,
        excluded_channels,
        eligible_employment_types,
        dedupe_scope,
        dedupe_window_days,
        threshold,
        slots_per_threshold,
        coalesce(points_carry_over, 'keep') as points_carry_over,
        slot_valid_days,
        slot_used_by,
        coalesce(
            slot_returned_by,
            case slot_used_by when 'introduced' then 'none' else 'declined' end
        ) as slot_returned_by,
        coalesce(early_leave_days, 0) as early_leave_days,
        coalesce(withdrawal_effect, 'keep') as withdrawal_effect
    from contracts
),

first_starts as (
    select
        company_id,
        min(in_force_from) as first_date
    from stated
    group by company_id
),

defaults as (
    select
        companies.company_id,
        'default' as contract_version,
        cast('1900-01-01' as date) as stated_date,
        cast('1900-01-01' as date) as valid_from,
        first_starts.first_date as valid_to,
        cast('1900-01-01' as date) as in_force_from,
        'consented' as counting_event,
        cast(null as {{ type_string() }}) as eligible_stages,
        cast(null as {{ type_string() }}) as eligible_channels,
        cast(null as {{ type_string() }}) as excluded_channels,
        cast(null as {{ type_string() }}) as eligible_employment_types,
        'company' as dedupe_scope,
        cast(null as {{ type_int() }}) as dedupe_window_days,
        10 as threshold,
        1 as slots_per_threshold,
        'keep' as points_carry_over,
        cast(null as {{ type_int() }}) as slot_valid_days,
        'introduced' as slot_used_by,
        'none' as slot_returned_by,
        0 as early_leave_days,
        'keep' as withdrawal_effect
    from companies
    left join first_starts
        on companies.company_id = first_starts.company_id
),

unioned as (
    select * from stated
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
