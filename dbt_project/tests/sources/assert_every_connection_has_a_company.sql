{#-
    Detects connections that landed rows but belong to no company, so that all
    of their rows are left out.
    A returned row is such a connection; it is missing from relay.toml.
-#}
with

watermarks as (
    select * from {{ ref("stg_gate__watermarks") }}
),

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

companies as (
    select * from {{ ref("stg_landing__companies") }}
)

select distinct watermarks.connection
from watermarks
left join connections
    on watermarks.connection = connections.connection
left join companies
    on connections.company_id = companies.company_id
where companies.company_id is null
