{#-
    Detects registrations that count but earn no point, because no version of
    the company's contract is in force on that day. The operator has to state
    one; until then the point is missing.
    A returned row is such a registration.
-#}
{{ config(severity="warn") }}

with

counted as (
    select * from {{ ref("int_registrations_counted") }}
)

select *
from counted
where contract_id is null
