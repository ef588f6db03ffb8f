{#- The steps of a version's refund, of which a statement holds at most six. -#}
with

terms as (
    select * from {{ ref("int_fee_terms") }}
),

steps as (
    {% for number in range(1, 7) -%}
    select
        company_id,
        valid_from,
        {{ split_part("refund_steps", "'|'", number) }} as step
    from terms
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        company_id,
        valid_from,
        cast({{ split_part("step", "':'", 1) }} as {{ type_int() }})
            as within_days,
        cast({{ split_part("step", "':'", 2) }} as {{ type_int() }})
            as refund_percent
    from steps
    where step != ''
)

select * from final
