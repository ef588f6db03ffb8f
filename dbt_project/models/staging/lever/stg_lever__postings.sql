with

landed as (
    {{ landed('lever', 'postings') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as job_id,
        {{ json_field("text") }} as job_name,
        {{ json_field("state") }} as posting_state,
        coalesce(
            {{ json_field("categories.department") }},
            {{ json_field("categories.team") }}
        ) as department_name,
        {{ json_field("categories.location") }} as office_name,
        {{ json_field("categories.commitment") }} as employment_type_label,
        {{ json_epoch_ms("createdAt") }} as created_at,
        {{ json_epoch_ms("updatedAt") }} as updated_at
    from landed
)

select * from final
