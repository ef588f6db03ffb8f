{#-
    Detects a decision of a human about a record that is not there: mistyped,
    of another company, or gone. A returned row is such a decision; it has no
    effect.
-#}
{{ config(severity="warn") }}

with

decisions as (
    select * from {{ ref("identity_decisions") }}
),

persons as (
    select * from {{ ref("int_persons_connected") }}
)

select decisions.decision_id
from decisions
left join persons as left_persons
    on
        decisions.company_id = left_persons.company_id
        and decisions.left_record = left_persons.node_key
left join persons as right_persons
    on
        decisions.company_id = right_persons.company_id
        and decisions.right_record = right_persons.node_key
where
    left_persons.node_key is null
    or right_persons.node_key is null
