{#- The marts that the semantic models stand on; the SQL comes from those. -#}
-- depends_on: {{ ref("agg_slot_balances") }}
-- depends_on: {{ ref("agg_returns_monthly") }}
-- depends_on: {{ ref("fct_applications") }}
-- depends_on: {{ ref("fct_introductions") }}
-- depends_on: {{ ref("fct_relay_funnel") }}
-- depends_on: {{ ref("fct_retention") }}
-- depends_on: {{ ref("fct_slots") }}
with

final as (
    {{ metrics_by_month() }}
)

select * from final
