{#-
    Append-only: a row whenever a record comes to belong to another person than
    in the run before, or is gone. Never rebuilt, or it would be lost who was
    taken for whom when.
-#}
{{ config(
    materialized="incremental",
    incremental_strategy="append",
    full_refresh=false,
    on_schema_change="fail",
    indexes=[{"columns": ["record_id"]}],
) }}

with

persons as (
    select * from {{ ref("int_persons_resolved") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

known as (
    {{ memberships_before_this_run() }}
),

latest as (
    select
        record_id,
        company_id,
        person_id,
        change_number
    from (
        select
            known.*,
            row_number() over (
                partition by known.record_id
                order by known.change_number desc
            ) as position
        from known
    ) as ranked
    where position = 1
),

changed as (
    select
        coalesce(persons.node_key, latest.record_id) as record_id,
        coalesce(persons.company_id, latest.company_id) as company_id,
        coalesce(latest.change_number, 0) + 1 as change_number,
        persons.person_id,
        latest.person_id as previous_person_id
    from persons
    full outer join latest
        on persons.node_key = latest.record_id
    where
        coalesce(persons.person_id, '') != coalesce(latest.person_id, '')
),

final as (
    select
        {{ hash("changed.record_id || ':' || changed.change_number") }}
            as membership_id,
        changed.company_id,
        changed.record_id,
        changed.change_number,
        changed.person_id,
        changed.previous_person_id,
        as_of.as_of_at as recorded_at,
        cast('{{ var("identity_rule_version") }}' as {{ type_string() }})
            as rule_version
    from changed
    cross join as_of
)

select * from final
