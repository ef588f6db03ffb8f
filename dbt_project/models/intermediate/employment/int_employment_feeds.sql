{#-
    A feed that lists only who is there makes everybody look retained: nobody
    ever left, and some are no longer mentioned while others are. Within the
    longest horizon only, since nobody has to be attested for ever. An HR system
    is judged by everybody in it: its records never end but by being deleted.
-#}
with

employments as (
    select * from {{ ref("int_employments") }}
),

employees as (
    select * from {{ ref("int_employees_unioned") }}
),

judged as (
    select
        company_id,
        feed,
        observer,
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
        observer,
        count(*) as employments,
        count(case when is_leaver then 1 end) as leavers,
        count(case when not is_leaver and is_vanished then 1 end) as vanished
    from judged
    group by company_id, feed, observer
),

staffed as (
    select
        connection,
        count(resigned_date) + count(case when is_undated_leaver then 1 end)
            as leavers,
        count(case when is_deleted and resigned_date is null then 1 end)
            as vanished
    from employees
    group by connection
),

final as (
    select
        counted.company_id,
        counted.feed,
        counted.observer,
        counted.employments,
        coalesce(staffed.leavers, counted.leavers) as leavers,
        coalesce(staffed.vanished, counted.vanished) as vanished,
        coalesce(staffed.leavers, counted.leavers) = 0
        and coalesce(staffed.vanished, counted.vanished) > 0
            as is_omitting_leavers
    from counted
    left join staffed
        on counted.observer = staffed.connection
)

select * from final
