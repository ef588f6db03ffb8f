{#-
    The questions of each version of a company's form that was ever opened, and
    the sending of it as the last. The rows of the seed closest to company and
    version are taken together.
-#}
with

sessions as (
    select * from {{ ref("int_form_sessions") }}
),

questions as (
    select * from {{ ref("form_questions") }}
),

forms as (
    select distinct
        company_id,
        form_version
    from sessions
),

ranked as (
    select
        forms.company_id,
        forms.form_version,
        questions.question,
        questions.question_order,
        rank() over (
            partition by forms.company_id, forms.form_version
            order by
                case questions.company_id when '*' then 1 else 0 end,
                case questions.form_version when '*' then 1 else 0 end
        ) as distance
    from forms
    inner join questions
        on
            questions.company_id in (forms.company_id, '*')
            and questions.form_version in (forms.form_version, '*')
),

asked as (
    select
        company_id,
        form_version,
        question,
        question_order
    from ranked
    where distance = 1
),

final as (
    select
        company_id,
        form_version,
        question,
        question_order
    from asked
    union all
    select
        company_id,
        form_version,
        '(submit)' as question,
        max(question_order) + 1 as question_order
    from asked
    group by company_id, form_version
)

select * from final
