{#-
    Which introductions really hold the slot that the operator names: from its
    day on, or from the grant for one made in advance, if the slot has not
    expired by then and nobody before holds it still. Only an introduction that
    holds the slot itself can keep a later one out, so they are walked through
    in order.
-#}
with {{ recursive() }}

introductions as (
    select * from {{ ref("stg_operator__introductions") }}
),

leavers as (
    select * from {{ ref("int_introductions_left") }}
),

slots as (
    select * from {{ ref("int_slots_granted") }}
),

wishes as (
    select
        slots.slot_id,
        slots.company_id,
        slots.slot_number,
        slots.contract_id,
        slots.expires_at,
        slots.slot_used_by,
        introductions.introduction_id,
        introductions.introduced_date,
        greatest(
            {{ local_midnight("introductions.introduced_date") }},
            slots.granted_at
        ) as held_at,
        {{ local_midnight(
            "case slots.slot_used_by"
            ~ " when 'introduced' then introductions.introduced_date"
            ~ " when 'interviewed' then introductions.interview_date"
            ~ " when 'accepted' then introductions.accepted_date"
            ~ " when 'joined' then leavers.joined_date"
            ~ " end"
        ) }} as use_at,
        case
            when slots.is_returned_when_declined
                then {{ local_midnight("introductions.declined_date") }}
        end as declined_at,
        case
            when
                slots.early_leave_days > 0
                and leavers.left_date <= {{ add_days(
                    "leavers.joined_date", "slots.early_leave_days"
                ) }}
                then {{ local_midnight(add_days("leavers.left_date", 1)) }}
        end as left_at
    from introductions
    inner join slots
        on
            introductions.company_id = slots.company_id
            and introductions.slot_number = slots.slot_number
    left join leavers
        on introductions.introduction_id = leavers.introduction_id
),

claims as (
    select
        slot_id,
        company_id,
        slot_number,
        contract_id,
        slot_used_by,
        introduction_id,
        held_at,
        use_at,
        greatest(
            held_at,
            least(
                coalesce(declined_at, left_at),
                coalesce(left_at, declined_at)
            )
        ) as return_at,
        declined_at is not null or left_at is not null as is_returned,
        row_number() over (
            partition by slot_id
            order by introduced_date, {{ byte_order("introduction_id") }}
        ) as position
    from wishes
    where
        expires_at is null
        or held_at < expires_at
),

timed as (
    select
        slot_id,
        company_id,
        slot_number,
        contract_id,
        slot_used_by,
        introduction_id,
        position,
        held_at,
        greatest(held_at, coalesce(use_at, held_at)) as use_at,
        use_at is not null as is_used,
        case when is_returned then return_at end as returned_at
    from claims
),

walked as (
    select
        slot_id,
        position,
        true as is_covered,
        returned_at as free_from
    from timed
    where position = 1
    union all
    select
        timed.slot_id,
        timed.position,
        coalesce(walked.free_from <= timed.held_at, false) as is_covered,
        case
            when walked.free_from <= timed.held_at then timed.returned_at
            else walked.free_from
        end as free_from
    from walked
    inner join timed
        on
            walked.slot_id = timed.slot_id
            and walked.position + 1 = timed.position
),

final as (
    select
        timed.introduction_id,
        timed.slot_id,
        timed.company_id,
        timed.slot_number,
        timed.contract_id,
        timed.position,
        case
            when timed.slot_used_by = 'introduced' then 'slot_used'
            else 'slot_reserved'
        end as cause,
        timed.held_at,
        case
            when
                timed.is_used
                and timed.use_at <= coalesce(timed.returned_at, timed.use_at)
                then timed.use_at
        end as used_at,
        timed.returned_at
    from timed
    inner join walked
        on
            timed.slot_id = walked.slot_id
            and timed.position = walked.position
    where walked.is_covered
)

select * from final
