{#-
    Detects a person for whom a company got more than one point.
    A returned row is the person with the registrations' number.
-#}
with

ledger as (
    select * from {{ ref("fct_slot_ledger") }}
),

registrations as (
    select * from {{ ref("int_registrations_matched") }}
),

standing as (
    select
        company_id,
        replace(posting_key, 'count:', '') as registration_id
    from ledger
    where posting_key like 'count:%'
    group by
        company_id,
        posting_key
    having sum(quantity) > 0
)

select
    standing.company_id,
    registrations.person_id,
    count(*) as counts
from standing
inner join registrations
    on standing.registration_id = registrations.registration_id
group by
    standing.company_id,
    registrations.person_id
having count(*) > 1
