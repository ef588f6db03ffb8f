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
),

points as (
    select * from {{ ref("int_points_numbered") }}
)

select counted.*
from counted
left join points
    on counted.registration_id = points.registration_id
where points.registration_id is null
