with

reported as (
    select * from {{ ref("rpt_monthly") }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by company_id, report_month, metric
            order by report_version desc
        ) as position
    from reported
),

newest as (
    select *
    from ranked
    where position = 1
),

firsts as (
    select *
    from reported
    where report_version = 1
),

final as (
    select
        newest.company_id,
        newest.report_month,
        newest.metric,
        newest.report_order,
        newest.label,
        newest.unit,
        newest.basis,
        newest.value,
        newest.recorded_at,
        firsts.value as first_value,
        firsts.recorded_at as first_recorded_at,
        newest.report_version - 1 as restatements
    from newest
    inner join firsts
        on
            newest.company_id = firsts.company_id
            and newest.report_month = firsts.report_month
            and newest.metric = firsts.metric
)

select * from final
