{#-
    Nodes that share a pair of keys with another node of the company. Every
    group is a star around its first node (`hub_node_key`), so that a key that
    many share costs as many rows as there are nodes and not their square.
-#}
with

first_keys as (
    select * from {{ ref("int_identities_keyed") }}
),

second_keys as (
    select * from {{ ref("int_identities_keyed") }}
),

pairs as (
    select
        first_keys.company_id,
        first_keys.node_key,
        first_keys.kind || '_' || second_keys.kind as link_type,
        first_keys.key_value as first_key_value,
        second_keys.key_value as second_key_value
    from first_keys
    inner join second_keys
        on
            first_keys.node_key = second_keys.node_key
            and (
                (first_keys.kind = 'email' and second_keys.kind = 'name')
                or (first_keys.kind = 'email' and second_keys.kind = 'phone')
                or (first_keys.kind = 'phone' and second_keys.kind = 'name')
            )
),

grouped as (
    select
        company_id,
        node_key,
        link_type,
        min({{ byte_order("node_key") }}) over link_group as hub_node_key,
        count(*) over link_group as nodes
    from pairs
    window link_group as (
        partition by
            company_id,
            link_type,
            first_key_value,
            second_key_value
    )
),

final as (
    select distinct
        company_id,
        node_key,
        link_type,
        hub_node_key,
        hub_node_key like 'c:%' as is_with_candidate
    from grouped
    where nodes > 1
)

select * from final
