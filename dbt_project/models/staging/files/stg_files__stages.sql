{#-
    An application without a dated stage keeps one row of nothing, so that stages
    which it once had leave with it.
-#}
{{ config(indexes=[
    {"columns": ["connection", "record_id"]},
    {"columns": ["connection", "seq"]},
]) }}

with

landed as (
    {{ landed('files', 'applications') }}
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
        {{ scoped_id("record_id") }} as application_id,
        {{ json_field("name") }} as stage_name,
        {{ json_field("order", "integer") }} as stage_order,
        {{ json_field("is_offer", "boolean") }} as is_offer,
        {{ json_field("entered_at", "timestamptz") }} as entered_at
    from elements
)

select * from final
