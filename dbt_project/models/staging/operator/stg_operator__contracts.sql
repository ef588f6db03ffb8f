with

landed as (
    {{ landed('operator', 'contracts') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ json_field("company_id") }} as company_id,
        {{ json_field("contract_version") }} as contract_version,
        {{ json_field("valid_from", "date") }} as valid_from,
        {{ json_field("valid_to", "date") }} as valid_to,
        {{ json_field("counting_event") }} as counting_event,
        {{ json_field("threshold", "integer") }} as threshold,
        {{ json_field("slots_per_threshold", "integer") }}
            as slots_per_threshold,
        {{ json_field("slot_valid_days", "integer") }} as slot_valid_days,
        {{ json_field("slot_used_by") }} as slot_used_by,
        {{ json_field("dedupe_scope") }} as dedupe_scope
    from landed
)

select * from final
