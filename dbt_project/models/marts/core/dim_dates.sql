{#- Every day from 2015 to 2044; the range is wider than any programme's. -#}
with

numbers as (
    {{ generate_series(10958) }}
),

days as (
    select
        {{ add_days("cast('2014-12-31' as date)", "generated_number") }}
            as date_day
    from numbers
),

parts as (
    select
        date_day,
        cast(extract(year from date_day) as integer) as year,
        cast(extract(month from date_day) as integer) as month,
        {{ month_start("date_day") }} as month_start,
        {{ month_end("date_day") }} = date_day as is_month_end
    from days
),

final as (
    select
        date_day,
        year,
        month,
        case when month >= 4 then year else year - 1 end as fiscal_year,
        month_start,
        is_month_end
    from parts
)

select * from final
