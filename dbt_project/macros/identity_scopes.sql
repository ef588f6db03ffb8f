{#-
    The same human within each scope: node_key and label, the smallest node_key
    of its human, for every node but that one. Nodes are persons already, with
    the records that are theirs (`members`: scope_id, node_key, record_key);
    `keys` and `decisions` are those of the records. The rules are those of a
    company but for tokens. Who has another birth date than the first of their
    human, or was told apart from an earlier one of it, stands alone.
-#}
{% macro identity_humans(members, keys, decisions) -%}
    with

    keyed as (
        select distinct
            owners.scope_id,
            owners.node_key,
            owned.kind,
            owned.key_value
        from {{ members }} as owners
        inner join {{ keys }} as owned
            on owners.record_key = owned.node_key
    ),

    told_apart as (
        select distinct
            left_members.node_key as left_node_key,
            right_members.node_key as right_node_key
        from {{ decisions }} as decided
        inner join {{ members }} as left_members
            on decided.left_node_key = left_members.record_key
        inner join {{ members }} as right_members
            on
                decided.right_node_key = right_members.record_key
                and left_members.node_key != right_members.node_key
        where decided.verdict = 'not_same'
    ),

    memberships as (
        {{ identity_groups("keyed", "told_apart") }}
    ),

    stars as (
        {{ identity_stars("memberships") }}
    ),

    pairs as (
        select
            node_key as left_node_key,
            hub_node_key as right_node_key
        from stars
        where node_key != hub_node_key
    ),

    components as (
        {{ identity_components("pairs") }}
    ),

    people as (
        select
            node_key,
            label
        from components
        union all
        select distinct
            label as node_key,
            label
        from components
    ),

    dated as (
        select
            people.node_key,
            dates.key_value,
            first_value(people.node_key) over (
                partition by people.label
                order by {{ byte_order("people.node_key") }}
            ) as first_node_key
        from people
        inner join keyed as dates
            on people.node_key = dates.node_key
        where dates.kind = 'birth_date'
    ),

    yielding as (
        select dated.node_key
        from dated
        left join keyed as first_keys
            on
                dated.first_node_key = first_keys.node_key
                and dated.key_value = first_keys.key_value
                and first_keys.kind = 'birth_date'
        group by dated.node_key
        having count(first_keys.node_key) = 0
        union
        select
            case
                when
                    {{ byte_order("left_people.node_key") }}
                    < {{ byte_order("right_people.node_key") }}
                    then right_people.node_key
                else left_people.node_key
            end as node_key
        from told_apart as parted
        inner join people as left_people
            on parted.left_node_key = left_people.node_key
        inner join people as right_people
            on
                parted.right_node_key = right_people.node_key
                and left_people.label = right_people.label
    ),

    remaining as (
        select memberships.*
        from memberships
        left join yielding
            on memberships.node_key = yielding.node_key
        where yielding.node_key is null
    ),

    remaining_stars as (
        {{ identity_stars("remaining") }}
    ),

    remaining_pairs as (
        select
            node_key as left_node_key,
            hub_node_key as right_node_key
        from remaining_stars
        where node_key != hub_node_key
    ),

    remaining_components as (
        {{ identity_components("remaining_pairs") }}
    )

    select
        node_key,
        label
    from remaining_components
{%- endmacro %}
