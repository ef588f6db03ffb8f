{#- Greenhouse's record of mails that carry a registration link. -#}
with

notes as (
    select * from {{ ref("stg_greenhouse__notes") }}
),

final as (
    select
        connection,
        note_id as mail_id,
        application_id,
        registration_token as token,
        created_at as sent_at
    from notes
    where
        note_type = 'EMAIL'
        and registration_token is not null
        and application_id is not null
)

select * from final
