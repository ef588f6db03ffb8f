with

slots as (
    select * from {{ ref("int_slots_settled") }}
),

introductions as (
    select * from {{ ref("fct_introductions") }}
),

final as (
    select
        slots.slot_id,
        slots.company_id,
        slots.slot_number,
        slots.contract_id,
        slots.granted_at,
        slots.expires_at,
        case
            when slots.expired_at is not null then 'expired'
            when slots.is_held and slots.is_used then 'used'
            when slots.is_held then 'reserved'
            else 'available'
        end as status,
        case
            when slots.cause = 'slot_reserved' then slots.held_at
        end as reserved_at,
        slots.used_at,
        slots.returned_at,
        slots.expired_at,
        slots.introduction_id,
        introductions.join_id,
        introductions.joined_date
    from slots
    left join introductions
        on slots.introduction_id = introductions.introduction_id
)

select * from final
