{#-
    Which introductions really hold the slot that the operator names: it is
    granted and not expired on that day, and nobody before holds it still. Only
    an introduction that holds the slot itself can keep a later one out, so
    they are walked through in order.
-#}
with {{ recursive() }}

introductions as (
    select * from {{ ref("stg_operator__introductions") }}
),

slots as (
    select * from {{ ref("int_slots_known") }}
),

claims as (
    select
        slots.slot_id,
        slots.company_id,
        slots.slot_number,
        slots.contract_id,
        slots.granted_at,
        slots.slot_used_by,
        introductions.introduction_id,
        introductions.introduced_date,
        introductions.accepted_date,
        case
            when
                slots.slot_used_by != 'introduced'
                and introductions.accepted_date is null
                and introductions.declined_date is not null
                then greatest(
                        introductions.declined_date,
                        introductions.introduced_date
                    )
        end as returned_date,
        introductions.declined_date,
        row_number() over (
            partition by slots.slot_id
            order by
                introductions.introduced_date,
                {{ byte_order("introductions.introduction_id") }}
        ) as position
    from introductions
    inner join slots
        on
            introductions.company_id = slots.company_id
            and introductions.slot_number = slots.slot_number
    where
        introductions.introduced_date >= slots.granted_date
        and (
            slots.expiry_date is null
            or introductions.introduced_date < slots.expiry_date
        )
),

walked as (
    select
        slot_id,
        introduction_id,
        position,
        true as is_covered,
        returned_date as free_from
    from claims
    where position = 1
    union all
    select
        claims.slot_id,
        claims.introduction_id,
        claims.position,
        coalesce(walked.free_from <= claims.introduced_date, false)
            as is_covered,
        case
            when walked.free_from <= claims.introduced_date
                then claims.returned_date
            else walked.free_from
        end as free_from
    from walked
    inner join claims
        on
            walked.slot_id = claims.slot_id
            and walked.position + 1 = claims.position
),

timed as (
    select
        claims.*,
        greatest(
            {{ local_midnight("claims.introduced_date") }}, claims.granted_at
        ) as held_at
    from claims
    inner join walked
        on
            claims.slot_id = walked.slot_id
            and claims.position = walked.position
    where walked.is_covered
),

final as (
    select
        introduction_id,
        slot_id,
        company_id,
        slot_number,
        contract_id,
        position,
        case
            when slot_used_by = 'introduced' then 'slot_used'
            else 'slot_reserved'
        end as cause,
        held_at,
        case
            when slot_used_by = 'introduced' then held_at
            else {{ local_midnight("accepted_date") }}
        end as used_at,
        case
            when returned_date is not null
                then greatest({{ local_midnight("declined_date") }}, held_at)
        end as returned_at
    from timed
)

select * from final
