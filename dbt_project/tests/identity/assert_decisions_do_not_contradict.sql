{#-
    Detects two records that a human told apart and that other decisions of
    humans make one person. A returned row is the decision that does not hold:
    take it or one of the others out of the seed identity_decisions.
-#}
with

decisions as (
    select * from {{ ref("int_identity_decisions") }}
),

persons as (
    select * from {{ ref("int_persons_connected") }}
)

select decisions.decision_id
from decisions
inner join persons as left_persons
    on decisions.left_node_key = left_persons.node_key
inner join persons as right_persons
    on decisions.right_node_key = right_persons.node_key
where
    (decisions.verdict = 'not_same')
    = (left_persons.person_id = right_persons.person_id)
