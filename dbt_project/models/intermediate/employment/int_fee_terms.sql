{#- Each version of the fee holds until the next one begins. -#}
with

terms as (
    select * from {{ ref("stg_operator__fee_terms") }}
),

final as (
    select
        company_id,
        valid_from,
        lead(valid_from) over (
            partition by company_id
            order by valid_from
        ) as valid_to,
        fee_rate_percent,
        minimum_fee_yen,
        refund_steps
    from terms
)

select * from final
