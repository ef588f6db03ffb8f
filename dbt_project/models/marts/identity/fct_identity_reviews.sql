{#-
    One question for each pair of persons: the pair of their records that is
    most alike stands for them. What a human has decided is no question any
    more, for the other records of the two neither.
-#}
{{ config(indexes=[{"columns": ["company_id", "state"]}]) }}

with

scores as (
    select * from {{ ref("int_identity_scores") }}
),

persons as (
    select * from {{ ref("int_persons_resolved") }}
),

decisions as (
    select * from {{ ref("int_identity_decisions") }}
),

scored as (
    select
        scores.*,
        left_persons.person_id as left_person_id,
        right_persons.person_id as right_person_id,
        {{ identity_probability("scores.match_weight") }} as probability,
        decisions.decision_id,
        decisions.decided_on,
        coalesce(decisions.verdict, 'open') as state
    from scores
    inner join persons as left_persons
        on scores.left_node_key = left_persons.node_key
    inner join persons as right_persons
        on scores.right_node_key = right_persons.node_key
    left join decisions
        on
            scores.left_node_key = decisions.left_node_key
            and scores.right_node_key = decisions.right_node_key
),

answered as (
    select
        left_person_id,
        right_person_id
    from scored
    where state = 'not_same'
    union
    select
        right_person_id as left_person_id,
        left_person_id as right_person_id
    from scored
    where state = 'not_same'
),

ranked as (
    select
        scored.*,
        max(case when scored.birth_date_level = 'different' then 1 else 0 end)
            over question
        = 1 as has_other_birth_date,
        row_number() over (
            question
            order by
                scored.match_weight desc,
                {{ byte_order("scored.left_node_key") }},
                {{ byte_order("scored.right_node_key") }}
        ) as position
    from scored
    left join answered
        on
            scored.left_person_id = answered.left_person_id
            and scored.right_person_id = answered.right_person_id
    where
        scored.state != 'open'
        or (
            answered.left_person_id is null
            and (
                scored.is_always_reviewed
                or scored.probability >= {{ var('review_probability') }}
            )
        )
    window question as (
        partition by
            least(
                {{ byte_order("scored.left_person_id") }},
                {{ byte_order("scored.right_person_id") }}
            ),
            greatest(
                {{ byte_order("scored.left_person_id") }},
                {{ byte_order("scored.right_person_id") }}
            ),
            scored.decision_id
    )
),

final as (
    select
        {{ hash("left_node_key || '|' || right_node_key") }} as review_id,
        company_id,
        left_node_key as left_record_id,
        right_node_key as right_record_id,
        left_person_id,
        right_person_id,
        case
            when
                is_same_token
                and coalesce(email_level, '') != 'equal'
                and coalesce(phone_level, '') != 'equal'
                then 'forwarded_link'
            when has_other_birth_date and name_level in ('equal', 'reading')
                then 'birth_date_contradiction'
            when is_contradicted and email_level = 'equal'
                then 'name_contradiction'
            when is_contradicted and phone_level = 'equal' then 'shared_phone'
            else 'weak_evidence'
        end as reason,
        email_level,
        phone_level,
        name_level,
        birth_date_level,
        is_same_token,
        is_contradicted or has_other_birth_date as is_contradicted,
        match_weight,
        probability,
        state,
        decision_id,
        decided_on,
        cast('{{ var("identity_rule_version") }}' as {{ type_string() }})
            as rule_version
    from ranked
    where position = 1
)

select * from final
