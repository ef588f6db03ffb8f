{#-
    Detects a person whom the machine made of registrations that share no birth
    date. A returned row is such a person; no human has joined its records.
-#}
with

persons as (
    select * from {{ ref("int_persons_connected") }}
),

identity_keys as (
    select * from {{ ref("int_identities_keyed") }}
),

decisions as (
    select * from {{ ref("int_identity_decisions") }}
),

dated as (
    select
        persons.person_id,
        count(distinct persons.node_key) as records,
        identity_keys.key_value
    from persons
    inner join identity_keys
        on persons.node_key = identity_keys.node_key
    where identity_keys.kind = 'birth_date'
    group by
        persons.person_id,
        identity_keys.key_value
),

totals as (
    select
        persons.person_id,
        count(distinct persons.node_key) as records
    from persons
    inner join identity_keys
        on persons.node_key = identity_keys.node_key
    where identity_keys.kind = 'birth_date'
    group by persons.person_id
),

joined_by_humans as (
    select persons.person_id
    from decisions
    inner join persons
        on decisions.left_node_key = persons.node_key
    where decisions.verdict = 'same'
),

final as (
    select totals.person_id
    from totals
    inner join dated
        on totals.person_id = dated.person_id
    left join joined_by_humans
        on totals.person_id = joined_by_humans.person_id
    where joined_by_humans.person_id is null
    group by
        totals.person_id,
        totals.records
    having max(dated.records) < totals.records
)

select * from final
