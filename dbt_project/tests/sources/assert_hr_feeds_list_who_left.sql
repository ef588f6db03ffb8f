{#-
    Detects a company whose hires, attestations or HR system leave out those
    who left: nobody ever did, and somebody is no longer mentioned. Its retention rates
    and curves stay empty until the feed says so.
    A returned row is such a company and feed.
-#}
{{ config(severity = 'warn') }}
with

feeds as (
    select * from {{ ref("int_employment_feeds") }}
)

select
    company_id,
    feed,
    observer,
    vanished
from feeds
where is_omitting_leavers
