{#-
    Detects a question that was answered and is not in the seed form_questions
    for its company and version: where people stop is then a guess.
    A returned row is such a question with the answers that ended there.
-#}
{{ config(severity="warn") }}

with

sessions as (
    select * from {{ ref("fct_form_sessions") }}
),

questions as (
    select * from {{ ref("int_form_questions") }}
)

select
    sessions.company_id,
    sessions.form_version,
    sessions.last_question,
    count(*) as responses
from sessions
left join questions
    on
        sessions.company_id = questions.company_id
        and sessions.form_version = questions.form_version
        and sessions.last_question = questions.question
where
    sessions.state = 'partial'
    and questions.question is null
group by
    sessions.company_id,
    sessions.form_version,
    sessions.last_question
