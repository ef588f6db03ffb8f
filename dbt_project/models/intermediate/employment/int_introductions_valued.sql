{#-
    What the open introductions of a slot may still save: the fee at the terms
    of today for the company's lowest and highest salary, times the share of
    those who joined among the company's introductions that came as far and are
    over.
-#}
with

introductions as (
    select * from {{ ref("fct_introductions") }}
),

employments as (
    select * from {{ ref("int_employments") }}
),

terms as (
    select * from {{ ref("int_fee_terms") }}
),

ranges as (
    select * from {{ ref("int_salary_ranges") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

started as (
    select distinct introduction_id
    from employments
    where has_started and introduction_id is not null
),

reached as (
    select
        introductions.introduction_id,
        introductions.company_id,
        introductions.is_slot_covered,
        started.introduction_id is not null as has_joined,
        started.introduction_id is null
        and introductions.declined_date is null as is_open,
        case
            when started.introduction_id is not null then 4
            when introductions.accepted_date is not null then 4
            when introductions.offered_date is not null then 3
            when introductions.interview_date is not null then 2
            else 1
        end as stage_order
    from introductions
    left join started
        on introductions.introduction_id = started.introduction_id
),

stages as (
    {{ generate_series(4) }}
),

conversions as (
    select
        reached.company_id,
        stages.generated_number as stage_order,
        count(case when reached.has_joined then 1 end) as joined,
        count(*) as ended
    from reached
    inner join stages
        on reached.stage_order >= stages.generated_number
    where not reached.is_open
    group by reached.company_id, stages.generated_number
),

priced as (
    select
        reached.introduction_id,
        reached.company_id,
        reached.stage_order,
        {{ placement_fee(
            "ranges.lowest_salary_yen",
            "terms.fee_rate_percent",
            "terms.minimum_fee_yen"
        ) }} as fee_low_yen,
        {{ placement_fee(
            "ranges.highest_salary_yen",
            "terms.fee_rate_percent",
            "terms.minimum_fee_yen"
        ) }} as fee_high_yen
    from reached
    cross join as_of
    left join terms
        on
            reached.company_id = terms.company_id
            and as_of.as_of_date >= terms.valid_from
            and as_of.as_of_date
            < coalesce(terms.valid_to, cast('9999-12-31' as date))
    left join ranges
        on
            reached.company_id = ranges.company_id
            and ranges.employment_type = 'any'
    where reached.is_open and reached.is_slot_covered
),

final as (
    select
        priced.introduction_id,
        priced.company_id,
        priced.stage_order,
        conversions.joined,
        conversions.ended,
        {{ yen("cast(priced.fee_low_yen as " ~ type_numeric()
            ~ ") * conversions.joined / conversions.ended") }}
            as value_low_yen,
        {{ yen("cast(priced.fee_high_yen as " ~ type_numeric()
            ~ ") * conversions.joined / conversions.ended") }}
            as value_high_yen
    from priced
    left join conversions
        on
            priced.company_id = conversions.company_id
            and priced.stage_order = conversions.stage_order
)

select * from final
