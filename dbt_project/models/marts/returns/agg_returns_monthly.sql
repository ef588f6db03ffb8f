{#-
    The amounts that the return and the cost per hire are made of. What nobody
    has stated is null, and nothing in the return of its month: months add up.
-#}
with

employments as (
    select * from {{ ref("int_employments") }}
),

fees as (
    select * from {{ ref("int_fees_avoided") }}
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
        {{ month_start("joined_date") }} as month,
        count(*) as hires,
        count(case when route = 'paid_introduction' then 1 end)
            as paid_introduction_hires,
        count(case when route = 'other_channel' then 1 end)
            as other_channel_hires
    from employments
    where has_started
    group by company_id, {{ month_start("joined_date") }}
),

saved as (
    select
        company_id,
        {{ month_start("joined_date") }} as month,
        count(*) as slot_joins,
        count(
            case
                when fee_low_yen is not null and not is_salary_stated then 1
            end
        ) as ranged_joins,
        count(case when fee_low_yen is null then 1 end) as unpriced_joins,
        sum(fee_low_yen) as fee_low_yen,
        sum(fee_high_yen) as fee_high_yen,
        sum(refund_low_yen) as refund_low_yen,
        sum(refund_high_yen) as refund_high_yen
    from fees
    group by company_id, {{ month_start("joined_date") }}
),

reporting as (
    select distinct company_id
    from employments
    where feed = 'hires'
),

-- who the ATS says was hired and no statement of hires names
unlisted as (
    select
        applications.company_id,
        {{ month_start(local_date("applications.hired_at")) }} as month,
        count(*) as unlisted_ats_hires,
        count(case when reporting.company_id is null then 1 end)
            as unstated_hires
    from applications
    left join employments
        on applications.application_id = employments.application_id
    left join reporting
        on applications.company_id = reporting.company_id
    where
        applications.outcome = 'hired'
        and applications.hired_at is not null
        and employments.employment_id is null
    group by
        applications.company_id,
        {{ month_start(local_date("applications.hired_at")) }}
),

spent as (
    select
        company_id,
        cost_month as month,
        sum(
            case
                when is_programme and cost_kind = 'internal' then amount_yen
                when is_programme then 0
            end
        ) as programme_internal_cost_yen,
        sum(
            case
                when is_programme and cost_kind = 'external' then amount_yen
                when is_programme then 0
            end
        ) as programme_external_cost_yen,
        sum(case when cost_kind = 'internal' then amount_yen else 0 end)
            as recruiting_internal_cost_yen,
        sum(case when cost_kind = 'external' then amount_yen else 0 end)
            as recruiting_external_cost_yen
    from costs
    group by company_id, cost_month
),

months as (
    select
        company_id,
        month
    from hired
    union distinct
    select
        company_id,
        month
    from unlisted
    union distinct
    select
        company_id,
        month
    from spent
),

joined as (
    select
        months.company_id,
        months.month,
        dates.fiscal_year,
        coalesce(saved.slot_joins, 0) as slot_joins,
        coalesce(saved.ranged_joins, 0) as ranged_joins,
        coalesce(saved.unpriced_joins, 0) as unpriced_joins,
        {% for column in (
            "fee_low_yen", "fee_high_yen", "refund_low_yen", "refund_high_yen"
        ) -%}
        case
            when saved.slot_joins is null then 0
            else saved.{{ column }}
        end as {{ column }},
        {% endfor -%}
        spent.programme_internal_cost_yen,
        spent.programme_external_cost_yen,
        spent.programme_internal_cost_yen
        + spent.programme_external_cost_yen as programme_cost_yen,
        coalesce(hired.hires, 0) as hires,
        coalesce(hired.paid_introduction_hires, 0) as paid_introduction_hires,
        coalesce(hired.other_channel_hires, 0) as other_channel_hires,
        coalesce(unlisted.unlisted_ats_hires, 0) as unlisted_ats_hires,
        coalesce(unlisted.unstated_hires, 0) as unstated_hires,
        spent.recruiting_internal_cost_yen,
        spent.recruiting_external_cost_yen,
        spent.recruiting_internal_cost_yen
        + spent.recruiting_external_cost_yen as recruiting_cost_yen
    from months
    inner join dates
        on months.month = dates.date_day
    left join hired
        on
            months.company_id = hired.company_id
            and months.month = hired.month
    left join saved
        on
            months.company_id = saved.company_id
            and months.month = saved.month
    left join unlisted
        on
            months.company_id = unlisted.company_id
            and months.month = unlisted.month
    left join spent
        on
            months.company_id = spent.company_id
            and months.month = spent.month
),

final as (
    select
        company_id,
        month,
        cast(fiscal_year as {{ type_int() }}) as fiscal_year,
        slot_joins,
        ranged_joins,
        unpriced_joins,
        cast(fee_low_yen as {{ type_bigint() }}) as avoided_fee_low_yen,
        cast(fee_high_yen as {{ type_bigint() }}) as avoided_fee_high_yen,
        {% for column in (
            "refund_low_yen",
            "refund_high_yen",
            "programme_internal_cost_yen",
            "programme_external_cost_yen",
            "programme_cost_yen"
        ) -%}
        cast({{ column }} as {{ type_bigint() }}) as {{ column }},
        {% endfor -%}
        {% for end in ("low", "high") -%}
        cast(
            coalesce(fee_{{ end }}_yen, 0)
            - coalesce(refund_{{ end }}_yen, 0)
            - coalesce(programme_cost_yen, 0) as {{ type_bigint() }}
        ) as return_{{ end }}_yen,
        {% endfor -%}
        hires,
        paid_introduction_hires,
        other_channel_hires,
        unlisted_ats_hires,
        unstated_hires,
        cast(recruiting_internal_cost_yen as {{ type_bigint() }})
            as recruiting_internal_cost_yen,
        cast(recruiting_external_cost_yen as {{ type_bigint() }})
            as recruiting_external_cost_yen,
        cast(recruiting_cost_yen as {{ type_bigint() }}) as recruiting_cost_yen
    from joined
)

select * from final
