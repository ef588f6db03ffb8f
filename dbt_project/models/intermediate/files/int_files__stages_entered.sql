{#-
    The stages that each application was in. An export that dates them tells
    them all; of one that shows the present stage only, they come from every
    version that landed.
-#}
with

applications as (
    select * from {{ ref("stg_files__applications") }}
),

dated as (
    select * from {{ ref("stg_files__stages") }}
    where stage_name is not null
),

versions as (
    select * from {{ ref("stg_files__application_versions") }}
    where stage_name is not null
),

entered as (
    select
        applications.connection,
        applications.application_id,
        applications.job_id,
        dated.stage_name,
        dated.stage_order,
        dated.is_offer
    from applications
    inner join dated
        on applications.application_id = dated.application_id
    where applications.stage_history = 'vendor'
    union all
    select
        applications.connection,
        applications.application_id,
        applications.job_id,
        versions.stage_name,
        versions.stage_order,
        versions.is_offer
    from applications
    inner join versions
        on applications.application_id = versions.application_id
    where applications.stage_history = 'snapshots'
),

final as (
    select
        connection,
        application_id,
        job_id,
        stage_name,
        min(stage_order) as stage_order,
        max(case when is_offer then 1 else 0 end) = 1 as is_offer
    from entered
    group by
        connection,
        application_id,
        job_id,
        stage_name
)

select * from final
