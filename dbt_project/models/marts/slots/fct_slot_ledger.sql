{#-
    Append-only: each run posts the difference between what should be posted
    and what stands. Never rebuilt, or the history of what was known when would
    be lost; but what should be posted depends on facts alone, so a ledger
    begun anew has the same balances.
-#}
{{ config(
    materialized="incremental",
    incremental_strategy="append",
    full_refresh=false,
    on_schema_change="fail",
    pre_hook=["{{ upgrade_ledger(this) }}", "{{ lock_ledger() }}"],
    indexes=[
        {"columns": ["company_id", "account", "effective_at"]},
        {"columns": ["posting_key"]},
    ],
) }}

with

desired as (
    select * from {{ ref("int_postings_desired") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

posted as (
    {{ ledger_postings(this if is_incremental() else none) }}
),

originals as (
    select
        *,
        count(*) over (partition by posting_key) as times_posted
    from posted
    where reversal_of is null
),

reversals as (
    select reversal_of
    from posted
    where reversal_of is not null
),

active as (
    select originals.*
    from originals
    left join reversals
        on originals.posting_id = reversals.reversal_of
    where reversals.reversal_of is null
),

kept as (
    select active.posting_id
    from active
    inner join desired
        on
            active.posting_key = desired.posting_key
            and active.quantity = desired.quantity
            and active.effective_at = desired.effective_at
            and active.contract_id = desired.contract_id
            and active.cause = desired.cause
            and active.cause_id = desired.cause_id
),

retracted as (
    select active.*
    from active
    left join kept
        on active.posting_id = kept.posting_id
    where kept.posting_id is null
),

histories as (
    select
        posting_key,
        max(times_posted) as times_posted
    from originals
    group by posting_key
),

standing as (
    select active.posting_key
    from active
    inner join kept
        on active.posting_id = kept.posting_id
),

added as (
    select
        desired.*,
        coalesce(histories.times_posted, 0) + 1 as posting_number
    from desired
    left join standing
        on desired.posting_key = standing.posting_key
    left join histories
        on desired.posting_key = histories.posting_key
    where standing.posting_key is null
),

postings as (
    select
        {{ hash("posting_id || ':reversal'") }} as posting_id,
        transaction_id,
        company_id,
        unit,
        account,
        -quantity as quantity,
        effective_at,
        contract_id,
        slot_id,
        'reversal' as cause,
        cause_id,
        posting_id as reversal_of,
        posting_key
    from retracted
    union all
    select
        {{ hash("posting_key || ':' || posting_number") }} as posting_id,
        transaction_id,
        company_id,
        unit,
        account,
        quantity,
        effective_at,
        contract_id,
        slot_id,
        cause,
        cause_id,
        cast(null as {{ type_string() }}) as reversal_of,
        posting_key
    from added
),

batches as (
    select coalesce(max(batch), 0) + 1 as batch
    from posted
),

final as (
    select
        postings.posting_id,
        postings.transaction_id,
        postings.company_id,
        postings.unit,
        postings.account,
        postings.quantity,
        postings.effective_at,
        as_of.as_of_at as recorded_at,
        batches.batch,
        postings.contract_id,
        postings.slot_id,
        postings.cause,
        postings.cause_id,
        postings.reversal_of,
        postings.posting_key
    from postings
    cross join as_of
    cross join batches
)

select * from final
