{#- Every slot with its last holder and how it stands at the as-of time. -#}
with

slots as (
    select * from {{ ref("int_slots_granted") }}
),

introductions as (
    select * from {{ ref("int_introductions_covered") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

holders as (
    select
        introductions.*,
        row_number() over (
            partition by introductions.slot_id
            order by introductions.position desc
        ) as recency
    from introductions
    inner join as_of
        on introductions.held_at <= as_of.as_of_at
),

held as (
    select
        slots.*,
        holders.introduction_id,
        holders.cause,
        holders.held_at,
        holders.used_at,
        holders.returned_at,
        holders.introduction_id is not null
        and (
            holders.returned_at is null
            or holders.returned_at > as_of.as_of_at
        ) as is_held,
        coalesce(holders.used_at <= as_of.as_of_at, false) as is_used,
        as_of.as_of_at
    from slots
    cross join as_of
    left join holders
        on
            slots.slot_id = holders.slot_id
            and holders.recency = 1
),

final as (
    select
        slot_id,
        company_id,
        slot_number,
        grant_number,
        contract_id,
        registration_id,
        granted_at,
        expires_at,
        threshold,
        introduction_id,
        cause,
        held_at,
        used_at,
        returned_at,
        is_held,
        is_used,
        case
            when not is_held and as_of_at >= expires_at
                then greatest(expires_at, coalesce(returned_at, expires_at))
        end as expired_at
    from held
)

select * from final
