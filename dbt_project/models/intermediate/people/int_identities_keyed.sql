{#-
    Who may be linked to whom: the nodes are candidates and registrations, with
    the keys of all their versions, so that a corrected address does not part
    what it had joined, and those of candidates that were merged into them.
    What erasing left in the place of keys belongs to no version. `node_key`
    sorts candidates first.
-#}
with

candidates as (
    select * from {{ ref("int_candidates_unioned") }}
),

merged as (
    select * from {{ ref("int_candidates_merged") }}
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
        'c:' || survivor_id as node_key,
        connection,
        source,
        stream,
        record_id
    from merged
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

of_versions as (
    select
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
),

of_erased as (
    select
        nodes.company_id,
        nodes.node_key,
        identity_keys.kind,
        identity_keys.key_value
    from identity_keys
    inner join nodes
        on
            identity_keys.connection = nodes.connection
            and identity_keys.source = nodes.source
            and identity_keys.stream = nodes.stream
            and identity_keys.record_id = nodes.record_id
    where identity_keys.is_opaque
),

final as (
    select * from of_versions
    union
    select * from of_erased
)

select * from final
