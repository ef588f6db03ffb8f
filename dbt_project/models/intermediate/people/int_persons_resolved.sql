{#-
    The human behind candidates and registrations of one company: connected
    components, found by passing the smallest label along the links. Only nodes
    that have a link take part; everybody else is a person of their own.
-#}
with {{ recursive() }}

candidates as (
    select * from {{ ref("int_candidates_unioned") }}
),

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

links as (
    select * from {{ ref("int_identities_linked") }}
),

tokened as (
    select * from {{ ref("int_registrations_tokened") }}
),

pairs as (
    select
        node_key,
        hub_node_key as neighbour_key
    from links
    where node_key != hub_node_key
    union
    select
        'r:' || registration_id as node_key,
        'c:' || candidate_id as neighbour_key
    from tokened
    where is_agreeing
),

edges as (
    select
        node_key,
        neighbour_key
    from pairs
    union all
    select
        neighbour_key as node_key,
        node_key as neighbour_key
    from pairs
),

labels as (
    select
        node_key,
        neighbour_key as label
    from edges
    where {{ byte_order("neighbour_key") }} < {{ byte_order("node_key") }}
    union
    select
        edges.node_key,
        labels.label
    from labels
    inner join edges
        on labels.node_key = edges.neighbour_key
    where {{ byte_order("labels.label") }} < {{ byte_order("edges.node_key") }}
),

smallest as (
    select
        node_key,
        min({{ byte_order("label") }}) as label
    from labels
    group by node_key
),

nodes as (
    select
        company_id,
        'c:' || candidate_id as node_key,
        candidate_id,
        cast(null as {{ type_string() }}) as registration_id
    from candidates
    union all
    select
        company_id,
        'r:' || response_id as node_key,
        cast(null as {{ type_string() }}) as candidate_id,
        response_id as registration_id
    from responses
    where response_type = 'completed'
),

final as (
    select
        nodes.company_id,
        nodes.node_key,
        nodes.candidate_id,
        nodes.registration_id,
        substring(coalesce(smallest.label, nodes.node_key), 3) as person_id
    from nodes
    left join smallest
        on nodes.node_key = smallest.node_key
)

select * from final
