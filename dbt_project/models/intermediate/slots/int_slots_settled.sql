{#-
    Every slot that is granted, with its last holder and how it ended. A slot
    whose points have gone stays granted up to the highest one in use.
-#}
with

slots as (
    select * from {{ ref("int_slots_known") }}
),

introductions as (
    select * from {{ ref("int_introductions_covered") }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

highest_held as (
    select
        company_id,
        max(slot_number) as slot_number
    from introductions
    group by company_id
),

holders as (
    select
        *,
        row_number() over (
            partition by slot_id
            order by position desc
        ) as recency,
        max(returned_at) over (partition by slot_id) as last_returned_at
    from introductions
),

held as (
    select
        slots.*,
        {{ local_midnight("slots.expiry_date") }} as expires_at,
        holders.introduction_id,
        holders.cause,
        holders.held_at,
        holders.used_at,
        holders.returned_at,
        holders.last_returned_at,
        holders.introduction_id is not null
        and (
            holders.returned_at is null
            or holders.returned_at > as_of.as_of_at
        ) as is_held,
        as_of.as_of_at
    from slots
    cross join as_of
    left join highest_held
        on slots.company_id = highest_held.company_id
    left join holders
        on
            slots.slot_id = holders.slot_id
            and holders.recency = 1
    where
        slots.is_supported
        or slots.slot_number <= highest_held.slot_number
),

final as (
    select
        slot_id,
        company_id,
        slot_number,
        contract_id,
        registration_id,
        granted_at,
        expires_at,
        points_quantity,
        is_supported,
        introduction_id,
        cause,
        held_at,
        used_at,
        returned_at,
        is_held,
        case
            when not is_held and as_of_at >= expires_at
                then greatest(
                        expires_at, coalesce(last_returned_at, expires_at)
                    )
        end as expired_at
    from held
)

select * from final
