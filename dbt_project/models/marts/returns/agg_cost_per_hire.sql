with

employments as (
    select * from {{ ref("int_employments") }}
),

applications as (
    select * from {{ ref("int_applications_decided") }}
),

costs as (
    select * from {{ ref("stg_operator__costs") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

hired as (
    select
        company_id,
        fiscal_year,
        count(*) as hires,
        count(case when route = 'slot' then 1 end) as slot_hires,
        count(case when route = 'paid_introduction' then 1 end)
            as paid_introduction_hires,
        count(case when route = 'other_channel' then 1 end)
            as other_channel_hires
    from employments
    where has_started
    group by company_id, fiscal_year
),

-- who the ATS says was hired and no statement of hires names
unlisted as (
    select
        applications.company_id,
        dates.fiscal_year,
        count(*) as unlisted_ats_hires
    from applications
    inner join dates
        on {{ local_date("applications.hired_at") }} = dates.date_day
    left join employments
        on applications.application_id = employments.application_id
    where
        applications.outcome = 'hired'
        and employments.employment_id is null
    group by applications.company_id, dates.fiscal_year
),

reporting as (
    select distinct company_id
    from employments
    where feed = 'hires'
),

spent as (
    select
        costs.company_id,
        dates.fiscal_year,
        count(distinct costs.cost_month) as cost_months,
        cast(
            sum(
                case
                    when costs.cost_kind = 'internal' then costs.amount_yen
                    else 0
                end
            ) as {{ type_bigint() }}
        ) as internal_cost_yen,
        cast(
            sum(
                case
                    when costs.cost_kind = 'external' then costs.amount_yen
                    else 0
                end
            ) as {{ type_bigint() }}
        ) as external_cost_yen
    from costs
    inner join dates
        on costs.cost_month = dates.date_day
    group by costs.company_id, dates.fiscal_year
),

years as (
    select
        company_id,
        fiscal_year
    from hired
    union distinct
    select
        company_id,
        fiscal_year
    from unlisted
    union distinct
    select
        company_id,
        fiscal_year
    from spent
),

joined as (
    select
        years.company_id,
        years.fiscal_year,
        coalesce(hired.hires, 0) as hires,
        coalesce(hired.slot_hires, 0) as slot_hires,
        coalesce(hired.paid_introduction_hires, 0) as paid_introduction_hires,
        coalesce(hired.other_channel_hires, 0) as other_channel_hires,
        coalesce(unlisted.unlisted_ats_hires, 0) as unlisted_ats_hires,
        reporting.company_id is not null
        or coalesce(unlisted.unlisted_ats_hires, 0) = 0 as has_all_hires,
        coalesce(spent.cost_months, 0) as cost_months,
        spent.internal_cost_yen,
        spent.external_cost_yen,
        spent.internal_cost_yen + spent.external_cost_yen as total_cost_yen
    from years
    left join hired
        on
            years.company_id = hired.company_id
            and years.fiscal_year = hired.fiscal_year
    left join unlisted
        on
            years.company_id = unlisted.company_id
            and years.fiscal_year = unlisted.fiscal_year
    left join spent
        on
            years.company_id = spent.company_id
            and years.fiscal_year = spent.fiscal_year
    left join reporting
        on years.company_id = reporting.company_id
),

final as (
    select
        company_id,
        cast(fiscal_year as {{ type_int() }}) as fiscal_year,
        hires,
        slot_hires,
        paid_introduction_hires,
        other_channel_hires,
        unlisted_ats_hires,
        cost_months,
        internal_cost_yen,
        external_cost_yen,
        total_cost_yen,
        case
            when has_all_hires
                then
                    {{ yen("cast(total_cost_yen as " ~ type_numeric()
                        ~ ") / nullif(hires, 0)") }}
        end as cost_per_hire_yen
    from joined
)

select * from final
