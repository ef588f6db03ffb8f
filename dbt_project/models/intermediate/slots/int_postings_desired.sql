{#-
    What the ledger should hold, given everything known now: one row per
    posting key.
-#}
with

points as (
    select * from {{ ref("int_points_numbered") }}
),

slots as (
    select * from {{ ref("int_slots_settled") }}
),

introductions as (
    select * from {{ ref("int_introductions_covered") }}
),

unioned as (
    select
        'count:' || registration_id as posting_key,
        'count:' || registration_id as transaction_id,
        company_id,
        'points' as account,
        1 as quantity,
        counted_at as effective_at,
        contract_id,
        'registration_counted' as cause,
        registration_id as cause_id
    from points
    union all
    select
        'grant:' || slot_id || ':points' as posting_key,
        'grant:' || slot_id as transaction_id,
        company_id,
        'points' as account,
        points_quantity as quantity,
        granted_at as effective_at,
        contract_id,
        'threshold_reached' as cause,
        registration_id as cause_id
    from slots
    where points_quantity is not null
    union all
    select
        'grant:' || slot_id || ':slots' as posting_key,
        'grant:' || slot_id as transaction_id,
        company_id,
        'slots' as account,
        1 as quantity,
        granted_at as effective_at,
        contract_id,
        'threshold_reached' as cause,
        registration_id as cause_id
    from slots
    union all
    select
        'use:' || introduction_id as posting_key,
        'use:' || introduction_id as transaction_id,
        company_id,
        'slots' as account,
        -1 as quantity,
        held_at as effective_at,
        contract_id,
        cause,
        introduction_id as cause_id
    from introductions
    union all
    select
        'return:' || introduction_id as posting_key,
        'return:' || introduction_id as transaction_id,
        company_id,
        'slots' as account,
        1 as quantity,
        returned_at as effective_at,
        contract_id,
        'slot_returned' as cause,
        introduction_id as cause_id
    from introductions
    where returned_at is not null
    union all
    select
        'expire:' || slot_id as posting_key,
        'expire:' || slot_id as transaction_id,
        company_id,
        'slots' as account,
        -1 as quantity,
        expired_at as effective_at,
        contract_id,
        'slot_expired' as cause,
        slot_id as cause_id
    from slots
    where expired_at is not null
)

select * from unioned
