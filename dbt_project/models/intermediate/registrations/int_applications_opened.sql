{#-
    When the form of an application was first opened: by its token, unless that
    response turned out to belong to another application, or by a registration
    attributed to it. Probable machines are told apart from people. A form that
    does not tell when it was opened tells no more by being sent than that.
-#}
with

sessions as (
    select * from {{ ref("int_form_sessions") }}
),

final as (
    select
        application_id,
        min(landed_at) as opened_at,
        min(case when not is_probable_bot then landed_at end)
            as human_opened_at
    from sessions
    where
        application_id is not null
        and (is_opening_known or state != 'completed')
    group by application_id
)

select * from final
