{#-
    Records that take part in no link of the machine, because one would make a
    person of records that are not one: whose birth date is another than that
    of the person's first record that has any, and those that a human told
    apart from an earlier one (with all that humans joined to them). Candidates
    come before registrations, these by their time.
-#}
with

keyed as (
    select * from {{ ref("int_identities_keyed") }}
),

grouped as (
    select
        company_id as scope_id,
        group_key,
        node_key
    from {{ ref("int_identities_grouped") }}
),

tokened as (
    select * from {{ ref("int_registrations_tokened") }}
),

decisions as (
    select * from {{ ref("int_identity_decisions") }}
),

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

stars as (
    {{ identity_stars("grouped") }}
),

joined_by_humans as (
    select
        left_node_key,
        right_node_key
    from decisions
    where verdict = 'same'
),

pairs as (
    select
        node_key as left_node_key,
        hub_node_key as right_node_key
    from stars
    where node_key != hub_node_key
    union
    select
        'r:' || registration_id as left_node_key,
        'c:' || candidate_id as right_node_key
    from tokened
    where is_agreeing
    union
    select
        left_node_key,
        right_node_key
    from joined_by_humans
),

components as (
    {{ identity_components("pairs") }}
),

human_components as (
    {{ identity_components("joined_by_humans") }}
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
        people.label,
        people.node_key,
        keyed.key_value,
        first_value(people.node_key) over (
            partition by people.label
            order by
                case when people.node_key like 'c:%' then 0 else 1 end,
                responses.submitted_at,
                {{ byte_order("people.node_key") }}
        ) as first_node_key
    from people
    inner join keyed
        on people.node_key = keyed.node_key
    left join responses
        on people.node_key = 'r:' || responses.response_id
    where keyed.kind = 'birth_date'
),

otherwise_dated as (
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

units as (
    select
        people.label,
        people.node_key,
        coalesce(human_components.label, people.node_key) as unit_key,
        row_number() over (
            partition by people.label
            order by
                case when people.node_key like 'c:%' then 0 else 1 end,
                responses.submitted_at,
                {{ byte_order("people.node_key") }}
        ) as position
    from people
    left join human_components
        on people.node_key = human_components.node_key
    left join responses
        on people.node_key = 'r:' || responses.response_id
),

ranked_units as (
    select
        label,
        node_key,
        unit_key,
        min(position) over (partition by label, unit_key) as unit_position
    from units
),

told_apart as (
    select
        case
            when left_units.unit_position < right_units.unit_position
                then right_units.unit_key
            else left_units.unit_key
        end as unit_key
    from decisions
    inner join ranked_units as left_units
        on decisions.left_node_key = left_units.node_key
    inner join ranked_units as right_units
        on
            decisions.right_node_key = right_units.node_key
            and left_units.label = right_units.label
    where decisions.verdict = 'not_same'
),

final as (
    select node_key
    from otherwise_dated
    union
    select ranked_units.node_key
    from ranked_units
    inner join told_apart
        on ranked_units.unit_key = told_apart.unit_key
)

select * from final
