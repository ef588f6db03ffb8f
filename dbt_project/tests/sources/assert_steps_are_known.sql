{#-
    Detects steps and types of stages that stage_map does not know, so that
    nothing tells their name, or their place among the others.
    A returned row is such a code, with how many applications were in it.
-#}
{{ config(severity="warn") }}

with

herp as (
    select * from {{ ref("int_herp__candidacies_staged") }}
),

talentio as (
    select * from {{ ref("int_talentio__stages_named") }}
)

select
    'herp' as source,
    stage_name as code,
    count(distinct candidacy_id) as applications
from herp
where stage_order is null
group by stage_name
union all
select
    'talentio' as source,
    stage_type as code,
    count(distinct candidate_id) as applications
from talentio
where not is_known
group by stage_type
