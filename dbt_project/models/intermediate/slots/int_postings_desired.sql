{#-
    What the ledger should hold, given everything known now: each movement
    from one account to another is two postings, one of them negative.
-#}
with

points as (
    select * from {{ ref("int_points_numbered") }}
),

lapses as (
    select * from {{ ref("int_points_lapsed") }}
),

slots as (
    select * from {{ ref("int_slots_settled") }}
),

introductions as (
    select * from {{ ref("int_introductions_covered") }}
),

movements as (
    select
        'count:' || registration_id as transaction_id,
        company_id,
        'points' as unit,
        'counted' as from_account,
        'points' as to_account,
        1 as quantity,
        counted_at as effective_at,
        contract_id,
        cast(null as {{ type_string() }}) as slot_id,
        'registration_counted' as cause,
        registration_id as cause_id
    from points
    union all
    select
        'lapse:' || contract_id as transaction_id,
        company_id,
        'points' as unit,
        'points' as from_account,
        'points_lapsed' as to_account,
        points as quantity,
        lapsed_at as effective_at,
        contract_id,
        cast(null as {{ type_string() }}) as slot_id,
        'points_lapsed' as cause,
        contract_id as cause_id
    from lapses
    union all
    select
        'grant:' || company_id || ':' || grant_number as transaction_id,
        company_id,
        'points' as unit,
        'points' as from_account,
        'points_spent' as to_account,
        threshold as quantity,
        granted_at as effective_at,
        contract_id,
        cast(null as {{ type_string() }}) as slot_id,
        'threshold_reached' as cause,
        registration_id as cause_id
    from slots
    where slot_number = grant_number
    union all
    select
        'grant:' || company_id || ':' || grant_number as transaction_id,
        company_id,
        'slots' as unit,
        'issued' as from_account,
        'slots' as to_account,
        1 as quantity,
        granted_at as effective_at,
        contract_id,
        slot_id,
        'threshold_reached' as cause,
        registration_id as cause_id
    from slots
    union all
    select
        'hold:' || introduction_id as transaction_id,
        company_id,
        'slots' as unit,
        'slots' as from_account,
        case cause
            when 'slot_used' then 'slots_used'
            else 'slots_reserved'
        end as to_account,
        1 as quantity,
        held_at as effective_at,
        contract_id,
        slot_id,
        cause,
        introduction_id as cause_id
    from introductions
    union all
    select
        'use:' || introduction_id as transaction_id,
        company_id,
        'slots' as unit,
        'slots_reserved' as from_account,
        'slots_used' as to_account,
        1 as quantity,
        used_at as effective_at,
        contract_id,
        slot_id,
        'slot_used' as cause,
        introduction_id as cause_id
    from introductions
    where
        cause = 'slot_reserved'
        and used_at is not null
    union all
    select
        'return:' || introduction_id as transaction_id,
        company_id,
        'slots' as unit,
        case
            when used_at is null then 'slots_reserved'
            else 'slots_used'
        end as from_account,
        'slots' as to_account,
        1 as quantity,
        returned_at as effective_at,
        contract_id,
        slot_id,
        'slot_returned' as cause,
        introduction_id as cause_id
    from introductions
    where returned_at is not null
    union all
    select
        'expire:' || slot_id as transaction_id,
        company_id,
        'slots' as unit,
        'slots' as from_account,
        'slots_expired' as to_account,
        1 as quantity,
        expired_at as effective_at,
        contract_id,
        slot_id,
        'slot_expired' as cause,
        slot_id as cause_id
    from slots
    where expired_at is not null
),

legs as (
    select
        *,
        from_account as account,
        -1 as sign
    from movements
    union all
    select
        *,
        to_account as account,
        1 as sign
    from movements
),

final as (
    select
        transaction_id
        || '/'
        || account
        || coalesce('/' || slot_id, '') as posting_key,
        transaction_id,
        company_id,
        unit,
        account,
        sign * quantity as quantity,
        effective_at,
        contract_id,
        slot_id,
        cause,
        cause_id
    from legs
)

select * from final
