{#-
    What humans decided about two records that are both known: the newest
    decision on a pair stands. What was said of a merged candidate is said of
    the survivor. `left_node_key` sorts first.
-#}
with

decisions as (
    select * from {{ ref("identity_decisions") }}
),

candidates as (
    select * from {{ ref("int_candidates_unioned") }}
),

merged as (
    select
        'c:' || candidate_id as node_key,
        'c:' || survivor_id as survivor_key
    from {{ ref("int_candidates_merged") }}
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

decided as (
    select
        decisions.decision_id,
        decisions.company_id,
        coalesce(left_merged.survivor_key, decisions.left_record)
            as left_record,
        coalesce(right_merged.survivor_key, decisions.right_record)
            as right_record,
        decisions.verdict,
        decisions.decided_on
    from decisions
    left join merged as left_merged
        on decisions.left_record = left_merged.node_key
    left join merged as right_merged
        on decisions.right_record = right_merged.node_key
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
    from decided
    where left_record != right_record
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
