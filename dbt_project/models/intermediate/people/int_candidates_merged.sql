{#-
    Candidates that the ATS merged into others: the vendor says so (`told`), or
    all their applications have come to belong to one other candidate. A
    survivor that was merged itself leads to the one that is left. `record_id`
    is the record that showed the merged candidate.
-#}
with {{ recursive() }}

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

owned as (
    select
        connection,
        'greenhouse' as source,
        'candidates' as stream,
        record_id,
        seq,
        source_candidate_id,
        candidate_id
    from {{ ref("stg_greenhouse__application_candidates") }}
    {%- if is_used("lever") %}
    union all
    select
        connection,
        'lever' as source,
        'contacts' as stream,
        record_id,
        seq,
        source_candidate_id,
        candidate_id
    from {{ ref("stg_lever__opportunity_contacts") }}
    {%- endif %}
    {%- if is_used("ashby") %}
    union all
    select
        connection,
        'ashby' as source,
        'candidates' as stream,
        record_id,
        seq,
        source_candidate_id,
        candidate_id
    from {{ ref("stg_ashby__application_candidates") }}
    {%- endif %}
),

told as (
    select
        connection,
        'greenhouse' as source,
        'candidates' as stream,
        source_candidate_id,
        candidate_id,
        survivor_id
    from {{ ref("stg_greenhouse__candidate_merges") }}
    where candidate_id != survivor_id
),

ranked as (
    select
        owned.*,
        first_value(owned.candidate_id) over (
            partition by owned.connection, owned.source, owned.record_id
            order by owned.seq desc, {{ byte_order("owned.candidate_id") }}
        ) as survivor_id
    from owned
),

moved as (
    select
        ranked.connection,
        ranked.source,
        ranked.stream,
        ranked.source_candidate_id,
        ranked.candidate_id,
        min({{ byte_order("ranked.survivor_id") }}) as survivor_id
    from ranked
    left join told
        on ranked.candidate_id = told.candidate_id
    where told.candidate_id is null
    group by
        ranked.connection,
        ranked.source,
        ranked.stream,
        ranked.source_candidate_id,
        ranked.candidate_id
    having
        count(distinct ranked.survivor_id) = 1
        and min({{ byte_order("ranked.survivor_id") }}) != ranked.candidate_id
),

steps as (
    select * from told
    union all
    select * from moved
),

paths as (
    select
        candidate_id,
        survivor_id
    from steps
    union
    select
        paths.candidate_id,
        steps.survivor_id
    from paths
    inner join steps
        on paths.survivor_id = steps.candidate_id
),

ends as (
    select
        paths.candidate_id,
        paths.survivor_id
    from paths
    left join steps
        on paths.survivor_id = steps.candidate_id
    where steps.candidate_id is null
),

final as (
    select
        connections.company_id,
        steps.connection,
        steps.source,
        steps.stream,
        steps.source_candidate_id as record_id,
        steps.candidate_id,
        ends.survivor_id
    from steps
    inner join ends
        on steps.candidate_id = ends.candidate_id
    inner join connections
        on steps.connection = connections.connection
)

select * from final
