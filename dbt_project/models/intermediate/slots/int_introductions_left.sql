{#-
    Introductions that led to a join, the first should there be several, and
    when that person left: by the newest attestation with a day of leaving.
-#}
with

joins as (
    select * from {{ ref("stg_operator__joins") }}
),

attestations as (
    select * from {{ ref("stg_operator__attestations") }}
),

joins_ranked as (
    select
        introduction_id,
        join_id,
        joined_date,
        row_number() over (
            partition by introduction_id
            order by joined_date, {{ byte_order("join_id") }}
        ) as position
    from joins
),

leavings as (
    select
        join_id,
        left_date,
        row_number() over (
            partition by join_id
            order by
                observed_date desc,
                {{ byte_order("attested_month") }} desc
        ) as position
    from attestations
    where left_date is not null
),

final as (
    select
        joins_ranked.introduction_id,
        joins_ranked.join_id,
        joins_ranked.joined_date,
        leavings.left_date
    from joins_ranked
    left join leavings
        on
            joins_ranked.join_id = leavings.join_id
            and leavings.position = 1
    where joins_ranked.position = 1
)

select * from final
