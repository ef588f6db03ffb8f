with

landed as (
    {{ landed('ashby', 'stage_histories') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as stage_history_id,
        {{ scoped_id(json_field("parent_id")) }} as application_id,
        {{ scoped_id(json_field("stageId")) }} as interview_stage_id,
        {{ json_field("enteredStageAt", "timestamptz") }} as entered_at,
        {{ json_field("leftStageAt", "timestamptz") }} as left_at
    from landed
)

select * from final
