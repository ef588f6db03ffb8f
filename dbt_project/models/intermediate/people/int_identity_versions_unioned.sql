{#-
    Every version of the records that have identity keys: one line of the union
    per list of persons.
-#}
with

unioned as (
    select
        connection,
        'greenhouse' as source,
        'candidates' as stream,
        record_id,
        payload_hash
    from {{ ref("stg_greenhouse__candidate_versions") }}
    {%- if is_used("lever") %}
    union all
    select
        connection,
        'lever' as source,
        'opportunities' as stream,
        record_id,
        payload_hash
    from {{ ref("int_lever__identity_versions") }}
    {%- endif %}
    {%- if is_used("herp") %}
    union all
    select
        connection,
        'herp' as source,
        'candidacies' as stream,
        record_id,
        payload_hash
    from {{ ref("stg_herp__candidacy_versions") }}
    {%- endif %}
    {%- if is_used("talentio") %}
    union all
    select
        connection,
        'talentio' as source,
        'candidates' as stream,
        record_id,
        payload_hash
    from {{ ref("stg_talentio__candidate_versions") }}
    {%- endif %}
    {%- if is_used("ashby") %}
    union all
    select
        connection,
        'ashby' as source,
        'candidates' as stream,
        record_id,
        payload_hash
    from {{ ref("stg_ashby__candidate_versions") }}
    {%- endif %}
    {%- if is_used("workable") %}
    union all
    select
        connection,
        'workable' as source,
        'candidates' as stream,
        record_id,
        payload_hash
    from {{ ref("stg_workable__candidate_versions") }}
    {%- endif %}
    {%- if is_used("files") %}
    union all
    select
        connection,
        'files' as source,
        'applications' as stream,
        record_id,
        payload_hash
    from {{ ref("stg_files__application_versions") }}
    {%- endif %}
    union all
    select
        connection,
        'typeform' as source,
        'responses_completed' as stream,
        record_id,
        payload_hash
    from {{ ref("stg_typeform__response_versions") }}
)

select * from unioned
