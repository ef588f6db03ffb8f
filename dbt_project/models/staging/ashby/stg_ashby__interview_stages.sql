with

landed as (
    {{ landed('ashby', 'interview_stages') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as interview_stage_id,
        {{ scoped_id(json_field("interviewPlanId")) }} as interview_plan_id,
        {{ json_field("title") }} as stage_name,
        {{ json_field("type") }} as stage_type,
        {{ json_field("orderInInterviewPlan", "integer") }} as plan_order
    from landed
)

select * from final
