{#-
    The same human at any companies of the programme, by the rules of a group.
    What is matched are the humans of the groups, so that one human there is
    one here. Only contracts that count a person once in the programme need
    it: without one there is no row. It must not reach a mart, where it would
    tell a company that its applicant is known to one it has nothing to do
    with.
-#}
with

contracts as (
    select * from {{ ref("int_contracts_unioned") }}
),

persons as (
    select * from {{ ref("int_persons_connected") }}
),

grouped as (
    select * from {{ ref("int_persons_grouped") }}
),

keys as (
    select * from {{ ref("int_identities_keyed") }}
),

decisions as (
    select * from {{ ref("int_identity_decisions") }}
),

members as (
    select
        'programme' as scope_id,
        coalesce(grouped.group_person_id, persons.person_id) as node_key,
        persons.node_key as record_key
    from persons
    left join grouped
        on persons.person_id = grouped.person_id
    where
        exists (
            select 1
            from contracts
            where contracts.dedupe_scope = 'programme'
        )
),

humans as (
    {{ identity_humans("members", "keys", "decisions") }}
),

final as (
    select distinct
        members.node_key as group_person_id,
        coalesce(humans.label, members.node_key) as programme_person_id
    from members
    left join humans
        on members.node_key = humans.node_key
)

select * from final
