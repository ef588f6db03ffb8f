{#-
    Detects steps and types of stages that stage_map, or the mapping of an
    export, does not know, so that nothing tells their name, or their place among
    the others.
    A returned row is such a code, with how many applications were in it.
-#}
{{ config(
    severity="warn",
    enabled=is_used("herp") or is_used("talentio") or is_used("files")
) }}

with

unknown as (
    {%- if is_used("herp") %}
    select
        'herp' as source,
        stage_name as code,
        candidacy_id as application_id
    from {{ ref("int_herp__candidacies_staged") }}
    where stage_order is null
    {%- endif %}
    {%- if is_used("herp") and is_used("talentio") %}
    union all
    {%- endif %}
    {%- if is_used("talentio") %}
    select
        'talentio' as source,
        stage_type as code,
        candidate_id as application_id
    from {{ ref("int_talentio__stages_named") }}
    where not is_known
    {%- endif %}
    {%- if is_used("files") and (is_used("herp") or is_used("talentio")) %}
    union all
    {%- endif %}
    {%- if is_used("files") %}
    select
        'files' as source,
        stage_name as code,
        application_id
    from {{ ref("int_files__stages_entered") }}
    where stage_order is null
    {%- endif %}
)

select
    source,
    code,
    count(distinct application_id) as applications
from unknown
group by
    source,
    code
