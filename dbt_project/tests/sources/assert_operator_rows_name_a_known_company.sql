{#-
    Detects statements of the operator about a company that relay.toml does not
    name.
    A returned row is such a company.
-#}
with

contracts as (
    select * from {{ ref("stg_operator__contracts") }}
),

introductions as (
    select * from {{ ref("stg_operator__introductions") }}
),

joins as (
    select * from {{ ref("stg_operator__joins") }}
),

hires as (
    select * from {{ ref("stg_operator__hires") }}
),

costs as (
    select * from {{ ref("stg_operator__costs") }}
),

fee_terms as (
    select * from {{ ref("stg_operator__fee_terms") }}
),

registration_events as (
    select * from {{ ref("stg_operator__registration_events") }}
),

mails as (
    select * from {{ ref("stg_operator__mails") }}
),

companies as (
    select * from {{ ref("stg_landing__companies") }}
),

named as (
    select company_id from contracts
    union
    select company_id from introductions
    union
    select company_id from joins
    union
    select company_id from hires
    union
    select company_id from costs
    union
    select company_id from fee_terms
    union
    select company_id from registration_events
    union
    select company_id from mails
)

select named.company_id
from named
left join companies
    on named.company_id = companies.company_id
where companies.company_id is null
