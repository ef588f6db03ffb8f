{#-
    The programme's "now": the variable as_of, else the newest observation
    that passed the gate. No model reads a clock.
-#}
with

watermarks as (
    select * from {{ ref("stg_gate__watermarks") }}
),

observed as (
    select
        coalesce(
            cast(
                {{ "'" ~ var("as_of") ~ "'" if var("as_of") else "null" }}
                as {{ type_timestamp_tz() }}
            ),
            max(observed_at)
        ) as as_of_at
    from watermarks
),

final as (
    select
        as_of_at,
        {{ local_date("as_of_at") }} as as_of_date
    from observed
)

select * from final
