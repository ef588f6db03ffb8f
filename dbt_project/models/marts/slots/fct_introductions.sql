with

introductions as (
    select * from {{ ref("stg_operator__introductions") }}
),

joins as (
    select * from {{ ref("int_introductions_left") }}
),

covered as (
    select * from {{ ref("int_introductions_covered") }}
),

final as (
    select
        introductions.introduction_id,
        introductions.company_id,
        introductions.company_id || ':' || introductions.slot_number
            as slot_id,
        covered.introduction_id is not null as is_slot_covered,
        introductions.job_title,
        introductions.introduced_date,
        introductions.interview_date,
        introductions.offered_date,
        introductions.accepted_date,
        introductions.declined_date,
        joins.join_id,
        joins.joined_date,
        case
            when joins.join_id is not null then 'joined'
            when introductions.accepted_date is not null then 'accepted'
            when introductions.declined_date is not null then 'declined'
            when introductions.offered_date is not null then 'offered'
            when introductions.interview_date is not null then 'interviewed'
            else 'introduced'
        end as status
    from introductions
    left join covered
        on introductions.introduction_id = covered.introduction_id
    left join joins
        on introductions.introduction_id = joins.introduction_id
)

select * from final
