{#-
    Who may be linked to whom: the nodes are candidates and registrations, with
    the keys of all their versions, so that a corrected address does not part
    what it had joined. `node_key` sorts candidates first.
-#}
with

candidates as (
    select * from {{ ref("int_candidates_unioned") }}
),

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

versions as (
    select * from {{ ref("int_identity_versions_unioned") }}
),

identity_keys as (
    select * from {{ ref("stg_vault__identity_keys") }}
),

nodes as (
    select
        company_id,
        'c:' || candidate_id as node_key,
        connection,
        source,
        stream,
        record_id
    from candidates
    union all
    select
        company_id,
        'r:' || response_id as node_key,
        connection,
        source,
        stream,
        record_id
    from responses
    where response_type = 'completed'
),

final as (
    select distinct
        nodes.company_id,
        nodes.node_key,
        identity_keys.kind,
        identity_keys.key_value
    from nodes
    inner join versions
        on
            nodes.connection = versions.connection
            and nodes.source = versions.source
            and nodes.stream = versions.stream
            and nodes.record_id = versions.record_id
    inner join identity_keys
        on
            versions.connection = identity_keys.connection
            and versions.source = identity_keys.source
            and versions.stream = identity_keys.stream
            and versions.record_id = identity_keys.record_id
            and versions.payload_hash = identity_keys.payload_hash
)

select * from final
