{#-
    Detects applications whose candidate did not pass the gate, so that nobody
    can be matched to them yet.
    A returned row is such an application.
-#}
{{ config(severity="warn") }}

with

applications as (
    select * from {{ ref("int_applications_unioned") }}
),

candidates as (
    select * from {{ ref("int_candidates_unioned") }}
)

select applications.application_id
from applications
left join candidates
    on applications.candidate_id = candidates.candidate_id
where candidates.candidate_id is null
