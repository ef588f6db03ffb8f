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

decisions as (
    select * from {{ ref("int_identity_decisions") }}
),

members as (
    select
        companies.group_id as scope_id,
        persons.person_id as node_key,
        persons.node_key as record_key
    from persons
    inner join companies
        on persons.company_id = companies.company_id
    where companies.group_id is not null
),

humans as (
    {{ identity_humans("members", "keys", "decisions") }}
),

final as (
    select distinct
        members.node_key as person_id,
        coalesce(humans.label, members.node_key) as group_person_id
    from members
    left join humans
        on members.node_key = humans.node_key
)

select * from final
