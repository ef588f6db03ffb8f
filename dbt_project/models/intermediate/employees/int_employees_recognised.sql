{#-
    Which employees are the candidate of a hire, by the keys that join records
    of one person everywhere: tier 2 rests on an e-mail, tier 3 on a phone with
    a name or on a reading with a birth date. Who contradicts the candidate, by
    name or birth date, is somebody else. Employees sort before candidates, so
    that those who share keys are compared with the employee and not with each
    other: of two of whom one may be meant, none is taken for the first. What
    erasing a candidate left in the place of shared keys belongs to no version.
-#}
{%- set employee = '.e:' -%}
with

employees as (
    select * from {{ ref("int_employees_unioned") }}
),

stated as (
    select * from {{ ref("int_employments_stated") }}
),

candidate_keys as (
    select * from {{ ref("int_identities_keyed") }}
),

identity_keys as (
    select * from {{ ref("stg_vault__identity_keys") }}
),

versions as (
    select * from {{ ref("int_employee_versions_unioned") }}
),

staffed as (
    select distinct company_id
    from employees
),

hired as (
    select distinct
        stated.company_id,
        stated.candidate_id
    from stated
    inner join staffed
        on stated.company_id = staffed.company_id
    where stated.candidate_id is not null
),

keyed as (
    select distinct
        employees.company_id as scope_id,
        '{{ employee }}' || employees.employee_id as node_key,
        identity_keys.kind,
        identity_keys.key_value
    from employees
    inner join versions
        on
            employees.connection = versions.connection
            and employees.stream = versions.stream
            and employees.record_id = versions.record_id
    inner join identity_keys
        on
            versions.connection = identity_keys.connection
            and employees.source = identity_keys.source
            and versions.stream = identity_keys.stream
            and versions.record_id = identity_keys.record_id
            and versions.payload_hash = identity_keys.payload_hash
    union
    select
        employees.company_id as scope_id,
        '{{ employee }}' || employees.employee_id as node_key,
        identity_keys.kind,
        identity_keys.key_value
    from employees
    inner join identity_keys
        on
            employees.connection = identity_keys.connection
            and employees.source = identity_keys.source
            and employees.stream = identity_keys.stream
            and employees.record_id = identity_keys.record_id
    where identity_keys.is_opaque
    union all
    select distinct
        hired.company_id as scope_id,
        candidate_keys.node_key,
        candidate_keys.kind,
        candidate_keys.key_value
    from hired
    inner join candidate_keys
        on 'c:' || hired.candidate_id = candidate_keys.node_key
),

-- what people decide is of applications and forms, never of employees
told_apart as (
    select
        node_key as left_node_key,
        node_key as right_node_key
    from keyed
    where node_key is null
),

grouped as (
    {{ identity_groups("keyed", "told_apart") }}
),

pairs as (
    select
        candidates.node_key as left_node_key,
        employees_found.node_key as right_node_key,
        min(candidates.tier) as tier
    from grouped as candidates
    inner join grouped as employees_found
        on
            candidates.scope_id = employees_found.scope_id
            and candidates.group_key = employees_found.group_key
    where
        candidates.node_key like 'c:%'
        and employees_found.node_key like '{{ employee }}%'
    group by
        candidates.node_key,
        employees_found.node_key
),

features as (
    {{ identity_features("pairs", "keyed") }}
),

final as (
    select
        hired.candidate_id,
        employees.employee_id,
        pairs.tier
    from pairs
    inner join features
        on
            pairs.left_node_key = features.left_node_key
            and pairs.right_node_key = features.right_node_key
    inner join hired
        on pairs.left_node_key = 'c:' || hired.candidate_id
    inner join employees
        on pairs.right_node_key = '{{ employee }}' || employees.employee_id
    where not {{ is_contradicted("features") }}
)

select * from final
