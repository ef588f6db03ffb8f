{#-
    Detects a form whose questions are not mapped to what they ask: of twenty
    registrations or more none has an e-mail address or phone number, or none
    a consent. Nobody is matched or counted by it then.
    A returned row is such a form's connection with its registrations, and how
    many of them say who registers and that they consent.
-#}
{{ config(severity = 'warn') }}
with

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

identities as (
    select * from {{ ref("int_identities_keyed") }}
),

reachable as (
    select distinct node_key
    from identities
    where kind in ('email', 'phone')
),

counted as (
    select
        responses.connection,
        count(*) as registrations,
        count(reachable.node_key) as reachable,
        count(case when responses.has_consent then 1 end) as consenting
    from responses
    left join reachable
        on 'r:' || responses.response_id = reachable.node_key
    where responses.response_type = 'completed'
    group by responses.connection
)

select
    connection,
    registrations,
    reachable,
    consenting
from counted
where registrations >= 20 and (reachable = 0 or consenting = 0)
