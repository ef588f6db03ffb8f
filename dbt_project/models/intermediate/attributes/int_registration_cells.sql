{#-
    One row per company, attribute and value: how many people, how many of them
    registered, and whether that may be shown. A person counts once in a cell,
    whatever the number of applications. Replaced row by row rather than made
    anew, since making it anew would drop the views over it until they are
    built again.
-#}
{{ config(
    materialized="incremental",
    incremental_strategy="append",
    full_refresh=false,
    on_schema_change="sync_all_columns",
    pre_hook="{% if is_incremental() %}delete from {{ this }}{% endif %}",
) }}

with

attributes as (
    select * from {{ ref("int_registration_attributes") }}
),

valued as (
    {% for attribute in [
        "stage_reached",
        "department",
        "employment_type",
        "channel",
        "rejection_reason",
        "mail_state",
        "repeat_applicant",
        "days_in_selection",
        "rejection_month",
    ] -%}
    select
        company_id,
        '{{ attribute }}' as attribute,
        {{ attribute }} as value,
        person_id,
        is_registered
    from attributes
    union all
    {% endfor -%}
    select
        company_id,
        'all' as attribute,
        'all' as value,
        person_id,
        is_registered
    from attributes
),

counted as (
    select
        company_id,
        attribute,
        value,
        count(*) as applications,
        count(distinct person_id) as people,
        count(distinct case when is_registered then person_id end)
            as registered
    from valued
    group by company_id, attribute, value
),

compared as (
    select
        *,
        max(case when attribute = 'all' then people end)
            over (partition by company_id) as company_people,
        max(case when attribute = 'all' then registered end)
            over (partition by company_id) as company_registered
    from counted
),

final as (
    select
        company_id,
        attribute,
        value,
        applications,
        people,
        registered,
        company_people,
        company_registered,
        {{ is_suppressed("people", ["company_id", "attribute"], "value") }}
            as is_suppressed
    from compared
)

select * from final
