{#-
    Candidates and registrations with the human behind them: within their
    company, and over all companies of their group.
-#}
with

connected as (
    select * from {{ ref("int_persons_connected") }}
),

grouped as (
    select * from {{ ref("int_persons_grouped") }}
),

final as (
    select
        connected.company_id,
        connected.node_key,
        connected.candidate_id,
        connected.registration_id,
        connected.person_id,
        coalesce(grouped.group_person_id, connected.person_id)
            as group_person_id
    from connected
    left join grouped
        on connected.person_id = grouped.person_id
)

select * from final
