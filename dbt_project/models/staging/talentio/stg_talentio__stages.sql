{#-
    A candidate without a stage keeps one row of nothing, so that stages which it
    once had leave with it.
-#}
{{ config(indexes=[
    {"columns": ["connection", "record_id"]},
    {"columns": ["connection", "seq"]},
]) }}

with

landed as (
    {{ landed('talentio', 'candidates') }}
),

elements as (
    {{ json_elements('landed', 'stages') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        element_number,
        {{ scoped_id("record_id") }} as candidate_id,
        {{ json_field("type") }} as stage_type,
        {{ json_field("step", "integer") }} as step
    from elements
)

select * from final
