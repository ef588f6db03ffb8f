{#-
    The same human at several companies of a group, by the rules that hold
    within a company but for tokens: the smallest of its persons names it.
    Companies without a group have no row here.
-#}
with

persons as (
    select * from {{ ref("int_persons_connected") }}
),

companies as (
    select * from {{ ref("stg_landing__companies") }}
),

keys as (
    select * from {{ ref("int_identities_keyed") }}
),

members as (
    select
        companies.group_id,
        persons.node_key as record_key,
        persons.person_id
    from persons
    inner join companies
        on persons.company_id = companies.company_id
    where companies.group_id is not null
),

keyed as (
    select distinct
        members.group_id as scope_id,
        members.person_id as node_key,
        keys.kind,
        keys.key_value
    from members
    inner join keys
        on members.record_key = keys.node_key
),

nobody as (
    select
        person_id as left_node_key,
        person_id as right_node_key
    from members
    where group_id is null
),

grouped as (
    {{ identity_groups("keyed", "nobody") }}
),

stars as (
    {{ identity_stars("grouped") }}
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
        keyed.key_value,
        first_value(people.node_key) over (
            partition by people.label
            order by {{ byte_order("people.node_key") }}
        ) as first_node_key
    from people
    inner join keyed
        on people.node_key = keyed.node_key
    where keyed.kind = 'birth_date'
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
),

remaining as (
    select grouped.*
    from grouped
    left join yielding
        on grouped.node_key = yielding.node_key
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
),

final as (
    select distinct
        members.person_id,
        coalesce(remaining_components.label, members.person_id)
            as group_person_id
    from members
    left join remaining_components
        on members.person_id = remaining_components.node_key
)

select * from final
