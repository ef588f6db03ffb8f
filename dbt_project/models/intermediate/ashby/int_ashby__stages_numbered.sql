{#-
    The stages in which a company judges, numbered from 0 within their plan:
    leads, hires and archived applications stand in stages of Ashby's own.
-#}
with

interview_stages as (
    select * from {{ ref("stg_ashby__interview_stages") }}
),

final as (
    select
        connection,
        interview_stage_id,
        interview_plan_id,
        stage_name,
        cast(row_number() over (
            partition by interview_plan_id
            order by
                plan_order,
                {{ byte_order("interview_stage_id") }}
        ) - 1 as {{ type_int() }}) as sort_order
    from interview_stages
    where stage_type in ('PreInterviewScreen', 'Active', 'Offer')
)

select * from final
