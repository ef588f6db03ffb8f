{#- The newest application of each opportunity: Lever keeps at most one. -#}
with

applications as (
    select * from {{ ref("stg_lever__applications") }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by application_id
            order by
                applied_at desc,
                {{ byte_order("lever_application_id") }} desc
        ) as position
    from applications
),

final as (
    select
        application_id,
        job_id,
        applied_at
    from ranked
    where position = 1
)

select * from final
