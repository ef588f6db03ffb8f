{#-
    Detects a link between two records that ended as different persons.
    A returned row is such a pair.
-#}
with

links as (
    select * from {{ ref("int_identities_linked") }}
),

persons as (
    select * from {{ ref("int_persons_resolved") }}
),

hubs as (
    select * from {{ ref("int_persons_resolved") }}
)

select
    links.node_key,
    links.hub_node_key
from links
inner join persons
    on links.node_key = persons.node_key
inner join hubs
    on links.hub_node_key = hubs.node_key
where persons.person_id != hubs.person_id
