{#-
    The human behind candidates and registrations of one company: connected
    components, found by passing the smallest label along the links. Only nodes
    that have a link take part; everybody else is a person of their own. What
    humans joined is joined whatever the machine says.
-#}
with

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

yielding as (
    select * from {{ ref("int_identities_yielding") }}
),

decisions as (
    select * from {{ ref("int_identity_decisions") }}
),

token_pairs as (
    select
        'r:' || registration_id as left_node_key,
        'c:' || candidate_id as right_node_key
    from tokened
    where is_agreeing
),

pairs as (
    select
        node_key as left_node_key,
        hub_node_key as right_node_key
    from links
    where node_key != hub_node_key
    union
    select
        token_pairs.left_node_key,
        token_pairs.right_node_key
    from token_pairs
    left join yielding
        on
            yielding.node_key
            in (token_pairs.left_node_key, token_pairs.right_node_key)
    where yielding.node_key is null
    union
    select
        left_node_key,
        right_node_key
    from decisions
    where verdict = 'same'
),

components as (
    {{ identity_components("pairs") }}
),

nodes as (
    select distinct
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
        substring(coalesce(components.label, nodes.node_key), 3) as person_id
    from nodes
    left join components
        on nodes.node_key = components.node_key
)

select * from final
