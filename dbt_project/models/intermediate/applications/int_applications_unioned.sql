{#-
    Every ATS's applications: one line of the union per source. Those of a
    merged candidate are the survivor's.
-#}
with

merged as (
    select * from {{ ref("int_candidates_merged") }}
),

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    select * from {{ ref("int_greenhouse__applications_joined") }}
    {%- if is_used("lever") %}
    union all
    select * from {{ ref("int_lever__applications_joined") }}
    {%- endif %}
    {%- if is_used("herp") %}
    union all
    select * from {{ ref("int_herp__applications_joined") }}
    {%- endif %}
    {%- if is_used("talentio") %}
    union all
    select * from {{ ref("int_talentio__applications_joined") }}
    {%- endif %}
    {%- if is_used("ashby") %}
    union all
    select * from {{ ref("int_ashby__applications_joined") }}
    {%- endif %}
    {%- if is_used("workable") %}
    union all
    select * from {{ ref("int_workable__applications_joined") }}
    {%- endif %}
),

final as (
    select
        connections.company_id,
        unioned.connection,
        unioned.source,
        unioned.application_id,
        unioned.source_application_id,
        coalesce(merged.survivor_id, unioned.candidate_id) as candidate_id,
        unioned.job_id,
        unioned.channel,
        unioned.applied_at,
        unioned.status,
        unioned.closed_at,
        unioned.rejection_reason,
        unioned.rejection_reason_type,
        unioned.has_sent_offer,
        unioned.hired_at,
        unioned.stage_reached,
        unioned.stage_reached_order,
        unioned.stage_history
    from unioned
    inner join connections
        on unioned.connection = connections.connection
    left join merged
        on unioned.candidate_id = merged.candidate_id
)

select * from final
