{#-
    A feed that lists only who is there makes everybody look retained: nobody
    ever left, and some are no longer mentioned while others are. Within the
    longest horizon only, since nobody has to be attested for ever.
-#}
with

employments as (
    select * from {{ ref("int_employments") }}
),

judged as (
    select
        company_id,
        feed,
        coalesce(left_date, gone_date) is not null as is_leaver,
        {{ add_days(
            "coalesce(last_mentioned_date, joined_date)",
            var("feed_gap_days")
        ) }} < company_last_observed_date
        and coalesce(last_mentioned_date, joined_date) < {{ add_days(
            "joined_date", var("retention_horizons") | max
        ) }} as is_vanished
    from employments
    where has_started
),

counted as (
    select
        company_id,
        feed,
        count(*) as employments,
        count(case when is_leaver then 1 end) as leavers,
        count(case when not is_leaver and is_vanished then 1 end) as vanished
    from judged
    group by company_id, feed
),

final as (
    select
        company_id,
        feed,
        employments,
        leavers,
        vanished,
        leavers = 0 and vanished > 0 as is_omitting_leavers
    from counted
)

select * from final
