{#- What decides retention and money, once for every model. -#}

{#-
    Whether somebody was still employed on `horizon_date`, from the columns
    left_date, last_employed_date and company_last_observed_date of the row.
    Leaving on the day itself is having stayed until it.
-#}
{% macro retention_state(horizon_date) -%}
    case
        when company_last_observed_date is null then 'immature'
        when {{ horizon_date }} > company_last_observed_date then 'immature'
        when left_date < {{ horizon_date }} then 'left'
        when left_date >= {{ horizon_date }} then 'retained'
        when last_employed_date >= {{ horizon_date }} then 'retained'
        when gone_date < {{ horizon_date }} then 'left'
        else 'unknown'
    end
{%- endmacro %}


{#-
    The first day after six calendar months that begin on a day, by the civil
    code (Art. 143): the day of the same number, or the day after the month's
    last one where the month has no such day.
-#}
{% macro six_months_after(date_expression) -%}
    {%- set clipped -%}
    cast({{ dbt.dateadd('month', 6, date_expression) }} as date)
    {%- endset -%}
    case
        when
            extract(day from {{ clipped }})
            < extract(day from {{ date_expression }})
            then {{ add_days(clipped, 1) }}
        else {{ clipped }}
    end
{%- endmacro %}


{#- An amount of zero or more as whole yen, half a yen rounded up. -#}
{% macro yen(amount) -%}
    cast(floor({{ amount }} + 0.5) as {{ type_bigint() }})
{%- endmacro %}


{#-
    What an agency would have charged: a percentage of the theoretical annual
    salary, at least the minimum; NULL, and never the minimum alone, without a
    salary or a percentage.
-#}
{% macro placement_fee(salary, percent, minimum) -%}
    case
        when
            {{ yen("cast(" ~ salary ~ " as " ~ type_numeric() ~ ") * "
                ~ percent ~ " / 100") }}
            < {{ minimum }}
            then {{ minimum }}
        else
            {{ yen("cast(" ~ salary ~ " as " ~ type_numeric() ~ ") * "
                ~ percent ~ " / 100") }}
    end
{%- endmacro %}
