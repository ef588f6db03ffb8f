{#- Versions staged before a column was known say nothing in it: null. -#}
{{ config(on_schema_change="append_new_columns") }}

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
        {{ json_field("dedupe_scope") }} as dedupe_scope,
        {{ json_field("stated_on", "date") }} as stated_date,
        {{ json_field("eligible_stages") }} as eligible_stages,
        {{ json_field("eligible_channels") }} as eligible_channels,
        {{ json_field("excluded_channels") }} as excluded_channels,
        {{ json_field("eligible_employment_types") }}
            as eligible_employment_types,
        {{ json_field("dedupe_window_days", "integer") }} as dedupe_window_days,
        {{ json_field("slot_returned_by") }} as slot_returned_by,
        {{ json_field("early_leave_days", "integer") }} as early_leave_days,
        {{ json_field("points_carry_over") }} as points_carry_over,
        {{ json_field("withdrawal_effect") }} as withdrawal_effect
    from landed
)

select * from final
