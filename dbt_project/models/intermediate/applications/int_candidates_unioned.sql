{#-
    Every ATS's candidates: one line of the union per source. Where a system
    has no record of the person alone, a candidate has a row for each record
    that shows it; so has one that others were merged into.
-#}
with

merged as (
    select * from {{ ref("int_candidates_merged") }}
),

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    select
        connection,
        'greenhouse' as source,
        'candidates' as stream,
        record_id,
        payload_hash,
        candidate_id
    from {{ ref("stg_greenhouse__candidates") }}
    {%- if is_used("lever") %}
    union all
    select
        connection,
        'lever' as source,
        'opportunities' as stream,
        record_id,
        payload_hash,
        candidate_id
    from {{ ref("stg_lever__opportunities") }}
    {%- endif %}
    {%- if is_used("herp") %}
    union all
    select
        connection,
        'herp' as source,
        'candidacies' as stream,
        record_id,
        payload_hash,
        candidacy_id as candidate_id
    from {{ ref("stg_herp__candidacies") }}
    {%- endif %}
    {%- if is_used("talentio") %}
    union all
    select
        connection,
        'talentio' as source,
        'candidates' as stream,
        record_id,
        payload_hash,
        candidate_id
    from {{ ref("stg_talentio__candidates") }}
    {%- endif %}
    {%- if is_used("ashby") %}
    union all
    select
        connection,
        'ashby' as source,
        'candidates' as stream,
        record_id,
        payload_hash,
        candidate_id
    from {{ ref("stg_ashby__candidates") }}
    {%- endif %}
    {%- if is_used("workable") %}
    union all
    select
        connection,
        'workable' as source,
        'candidates' as stream,
        record_id,
        payload_hash,
        candidate_id
    from {{ ref("stg_workable__candidates") }}
    {%- endif %}
),

final as (
    select
        connections.company_id,
        unioned.connection,
        unioned.source,
        unioned.stream,
        unioned.record_id,
        unioned.payload_hash,
        coalesce(merged.survivor_id, unioned.candidate_id) as candidate_id
    from unioned
    inner join connections
        on unioned.connection = connections.connection
    left join merged
        on unioned.candidate_id = merged.candidate_id
)

select * from final
