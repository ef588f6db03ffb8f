{#-
    Who may be linked to whom: the nodes are candidates and registrations, with
    the keys of their current version. `node_key` sorts candidates first.
-#}
with

candidates as (
    select * from {{ ref("int_candidates_unioned") }}
),

responses as (
    select * from {{ ref("int_responses_unioned") }}
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
        record_id,
        payload_hash
    from candidates
    union all
    select
        company_id,
        'r:' || response_id as node_key,
        connection,
        source,
        stream,
        record_id,
        payload_hash
    from responses
    where response_type = 'completed'
),

final as (
    select
        nodes.company_id,
        nodes.node_key,
        identity_keys.kind,
        identity_keys.key_value
    from nodes
    inner join identity_keys
        on
            nodes.connection = identity_keys.connection
            and nodes.source = identity_keys.source
            and nodes.stream = identity_keys.stream
            and nodes.record_id = identity_keys.record_id
            and nodes.payload_hash = identity_keys.payload_hash
    where identity_keys.kind in ('email', 'phone', 'name')
)

select * from final
