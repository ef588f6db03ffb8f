{#-
    The machine's links: every group is a star around its first record
    (`hub_node_key`). Tier 2 rests on an e-mail, tier 3 on a phone with a name
    or on a reading with a birth date; tier 1, the tokens, stands in
    int_registrations_tokened.
-#}
with

grouped as (
    select * from {{ ref("int_identities_grouped") }}
),

yielding as (
    select * from {{ ref("int_identities_yielding") }}
),

remaining as (
    select
        grouped.company_id as scope_id,
        grouped.group_key,
        grouped.link_type,
        grouped.tier,
        grouped.node_key
    from grouped
    left join yielding
        on grouped.node_key = yielding.node_key
    where yielding.node_key is null
),

stars as (
    {{ identity_stars("remaining") }}
),

final as (
    select distinct
        scope_id as company_id,
        node_key,
        link_type,
        tier,
        hub_node_key,
        hub_node_key like 'c:%' as is_with_candidate,
        '{{ var("identity_rule_version") }}' as rule_version
    from stars
)

select * from final
