{#-
    Records of a company that share keys which identify together, group by
    group, without those that contradict their group or that a human told apart
    from it.
-#}
with

keyed as (
    select
        company_id as scope_id,
        node_key,
        kind,
        key_value
    from {{ ref("int_identities_keyed") }}
),

told_apart as (
    select
        left_node_key,
        right_node_key
    from {{ ref("int_identity_decisions") }}
    where verdict = 'not_same'
),

grouped as (
    {{ identity_groups("keyed", "told_apart") }}
),

final as (
    select
        scope_id as company_id,
        group_key,
        link_type,
        tier,
        node_key
    from grouped
)

select * from final
