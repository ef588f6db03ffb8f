{#-
    Candidates and registrations with the human behind them: within their
    company, over all companies of their group, and, if a contract asks for it,
    over all companies of the programme.
-#}
with

connected as (
    select * from {{ ref("int_persons_connected") }}
),

grouped as (
    select * from {{ ref("int_persons_grouped") }}
),

pooled as (
    select * from {{ ref("int_persons_pooled") }}
),

joined as (
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
),

final as (
    select
        joined.*,
        coalesce(pooled.programme_person_id, joined.group_person_id)
            as programme_person_id
    from joined
    left join pooled
        on joined.group_person_id = pooled.group_person_id
)

select * from final
