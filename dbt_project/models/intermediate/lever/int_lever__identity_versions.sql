{#-
    The versions of opportunities by whose keys people are matched: none of a
    contact that was made anonymous in any of its opportunities.
-#}
with

versions as (
    select * from {{ ref("stg_lever__opportunity_versions") }}
),

opportunities as (
    select * from {{ ref("stg_lever__opportunities") }}
),

anonymous as (
    select distinct candidate_id
    from opportunities
    where is_anonymized
),

final as (
    select
        versions.connection,
        versions.record_id,
        versions.payload_hash
    from versions
    inner join opportunities
        on
            versions.connection = opportunities.connection
            and versions.record_id = opportunities.record_id
    left join anonymous
        on opportunities.candidate_id = anonymous.candidate_id
    where anonymous.candidate_id is null
)

select * from final
