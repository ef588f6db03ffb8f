{#-
    Between what a salary that nobody stated must lie: the lowest and highest
    stated ones of the company, for each employment type and for any.
-#}
with

employments as (
    select * from {{ ref("int_employments") }}
),

stated as (
    select
        company_id,
        employment_type,
        annual_salary_yen
    from employments
    where annual_salary_yen is not null
    union all
    select
        company_id,
        'any' as employment_type,
        annual_salary_yen
    from employments
    where annual_salary_yen is not null
),

final as (
    select
        company_id,
        employment_type,
        min(annual_salary_yen) as lowest_salary_yen,
        max(annual_salary_yen) as highest_salary_yen
    from stated
    group by company_id, employment_type
)

select * from final
