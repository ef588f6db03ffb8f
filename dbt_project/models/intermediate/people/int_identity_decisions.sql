{#-
    What humans decided about two records that are both known: the newest
    decision on a pair stands. `left_node_key` sorts first.
-#}
with

decisions as (
    select * from {{ ref("identity_decisions") }}
),

candidates as (
    select * from {{ ref("int_candidates_unioned") }}
),

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

nodes as (
    select distinct
        company_id,
        'c:' || candidate_id as node_key
    from candidates
    union all
    select
        company_id,
        'r:' || response_id as node_key
    from responses
    where response_type = 'completed'
),

ordered as (
    select
        decision_id,
        company_id,
        case
            when
                {{ byte_order("left_record") }}
                < {{ byte_order("right_record") }}
                then left_record
            else right_record
        end as left_node_key,
        case
            when
                {{ byte_order("left_record") }}
                < {{ byte_order("right_record") }}
                then right_record
            else left_record
        end as right_node_key,
        verdict,
        decided_on
    from decisions
),

ranked as (
    select
        ordered.*,
        row_number() over (
            partition by ordered.left_node_key, ordered.right_node_key
            order by
                ordered.decided_on desc,
                {{ byte_order("ordered.decision_id") }} desc
        ) as position
    from ordered
    inner join nodes as left_nodes
        on
            ordered.company_id = left_nodes.company_id
            and ordered.left_node_key = left_nodes.node_key
    inner join nodes as right_nodes
        on
            ordered.company_id = right_nodes.company_id
            and ordered.right_node_key = right_nodes.node_key
),

final as (
    select
        decision_id,
        company_id,
        left_node_key,
        right_node_key,
        verdict,
        decided_on
    from ranked
    where position = 1
)

select * from final
