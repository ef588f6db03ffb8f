with

landed as (
    {{ landed('operator', 'introductions') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ json_field("company_id") }} as company_id,
        {{ json_field("company_id") }}
        || ':'
        || {{ json_field("introduction_id") }} as introduction_id,
        {{ json_field("slot_number", "integer") }} as slot_number,
        {{ json_field("job_title") }} as job_title,
        {{ json_field("introduced_on", "date") }} as introduced_date,
        {{ json_field("interview_on", "date") }} as interview_date,
        {{ json_field("offered_on", "date") }} as offered_date,
        {{ json_field("accepted_on", "date") }} as accepted_date,
        {{ json_field("declined_on", "date") }} as declined_date
    from landed
)

select * from final
