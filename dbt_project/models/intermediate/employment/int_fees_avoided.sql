{#-
    What a paid introduction of the same person would have cost, and what of it
    the agency would have paid back. Only of those who have started.
-#}
with

employments as (
    select * from {{ ref("int_employments") }}
),

terms as (
    select * from {{ ref("int_fee_terms") }}
),

refund_steps as (
    select * from {{ ref("int_refund_steps") }}
),

ranges as (
    select * from {{ ref("int_salary_ranges") }}
),

agreed as (
    select
        employments.employment_id,
        employments.company_id,
        employments.joined_date,
        employments.annual_salary_yen is not null as is_salary_stated,
        coalesce(
            employments.annual_salary_yen,
            typed.lowest_salary_yen,
            untyped.lowest_salary_yen
        ) as salary_low_yen,
        coalesce(
            employments.annual_salary_yen,
            typed.highest_salary_yen,
            untyped.highest_salary_yen
        ) as salary_high_yen,
        terms.fee_rate_percent,
        terms.minimum_fee_yen,
        -- a leave that is only announced pays nothing back yet
        case
            when
                coalesce(employments.left_date, employments.gone_date)
                <= employments.company_last_observed_date
                then
                    {{ datediff(
                        "employments.joined_date",
                        "coalesce(employments.left_date, employments.gone_date)",
                        "day"
                    ) }}
        end as days_employed,
        terms.valid_from
    from employments
    left join terms
        on
            employments.company_id = terms.company_id
            and employments.joined_date >= terms.valid_from
            and employments.joined_date
            < coalesce(terms.valid_to, cast('9999-12-31' as date))
    left join ranges as typed
        on
            employments.company_id = typed.company_id
            and employments.employment_type = typed.employment_type
    left join ranges as untyped
        on
            employments.company_id = untyped.company_id
            and untyped.employment_type = 'any'
    where
        employments.route = 'slot'
        and employments.has_started
),

refunds as (
    select
        agreed.employment_id,
        refund_steps.refund_percent,
        row_number() over (
            partition by agreed.employment_id
            order by refund_steps.within_days
        ) as position
    from agreed
    inner join refund_steps
        on
            agreed.company_id = refund_steps.company_id
            and agreed.valid_from = refund_steps.valid_from
            and agreed.days_employed < refund_steps.within_days
),

charged as (
    select
        agreed.employment_id,
        agreed.company_id,
        agreed.joined_date,
        agreed.is_salary_stated,
        {{ placement_fee(
            "agreed.salary_low_yen",
            "agreed.fee_rate_percent",
            "agreed.minimum_fee_yen"
        ) }} as fee_low_yen,
        {{ placement_fee(
            "agreed.salary_high_yen",
            "agreed.fee_rate_percent",
            "agreed.minimum_fee_yen"
        ) }} as fee_high_yen,
        coalesce(refunds.refund_percent, 0) as refund_percent
    from agreed
    left join refunds
        on
            agreed.employment_id = refunds.employment_id
            and refunds.position = 1
),

final as (
    select
        employment_id,
        company_id,
        joined_date,
        is_salary_stated,
        fee_low_yen,
        fee_high_yen,
        refund_percent,
        {{ yen("cast(fee_low_yen as " ~ type_numeric()
            ~ ") * refund_percent / 100") }} as refund_low_yen,
        {{ yen("cast(fee_high_yen as " ~ type_numeric()
            ~ ") * refund_percent / 100") }} as refund_high_yen
    from charged
)

select * from final
