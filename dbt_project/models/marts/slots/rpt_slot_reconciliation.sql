{#-
    Our ledger against the operator's statements, line by line. The first
    reason that applies explains a line; a line that agrees has none.
-#}
with

eligible as (
    select * from {{ ref("int_registrations_eligible") }}
),

applications as (
    select * from {{ ref("int_applications_decided") }}
),

contracts as (
    select * from {{ ref("dim_contracts") }}
),

stated_registrations as (
    select * from {{ ref("stg_operator__counted_registrations") }}
),

stated_slots as (
    select
        *,
        company_id || ':' || introduction_number as introduction_id
    from {{ ref("stg_operator__slots") }}
),

slots as (
    select * from {{ ref("fct_slots") }}
),

introductions as (
    select * from {{ ref("fct_introductions") }}
),

-- up to when a company has been told: the end of the last month stated
statement_days as (
    select
        company_id,
        counted_date as stated_date
    from stated_registrations
    union all
    select
        company_id,
        granted_date as stated_date
    from stated_slots
    union all
    select
        company_id,
        used_date as stated_date
    from stated_slots
),

horizons as (
    select
        company_id,
        {{ month_end("max(stated_date)") }} as stated_until_date
    from statement_days
    group by company_id
),

registrations as (
    select
        eligible.company_id,
        eligible.registration_number,
        eligible.registration_id,
        eligible.person_id,
        eligible.contract_id,
        contracts.contract_version,
        eligible.refused_because,
        applications.outcome,
        case
            when eligible.refused_because is null
                then {{ local_date("eligible.counted_at") }}
        end as our_date
    from eligible
    left join applications
        on eligible.application_id = applications.application_id
    left join contracts
        on eligible.contract_id = contracts.contract_id
),

persons_stated as (
    select distinct
        registrations.company_id,
        registrations.person_id
    from registrations
    inner join stated_registrations
        on
            registrations.company_id = stated_registrations.company_id
            and registrations.registration_number
            = stated_registrations.registration_number
    where registrations.our_date is null
),

registrations_joined as (
    select
        coalesce(registrations.company_id, stated_registrations.company_id)
            as company_id,
        coalesce(
            registrations.registration_number,
            stated_registrations.registration_number
        ) as registration_number,
        registrations.registration_id,
        registrations.contract_id,
        registrations.contract_version,
        registrations.refused_because,
        registrations.outcome,
        registrations.our_date,
        stated_registrations.counted_date as their_date,
        persons_stated.person_id is not null as is_person_stated
    from registrations
    full outer join stated_registrations
        on
            registrations.company_id = stated_registrations.company_id
            and registrations.registration_number
            = stated_registrations.registration_number
    left join persons_stated
        on
            registrations.company_id = persons_stated.company_id
            and registrations.person_id = persons_stated.person_id
),

registration_lines as (
    select
        'registration' as line_type,
        lines.company_id,
        lines.registration_number as line_number,
        lines.registration_id,
        cast(null as {{ type_string() }}) as slot_id,
        lines.contract_id,
        lines.our_date,
        lines.their_date,
        cast(null as date) as our_used_date,
        cast(null as date) as their_used_date,
        cast(null as {{ type_string() }}) as our_introduction_id,
        cast(null as {{ type_string() }}) as their_introduction_id,
        case
            when lines.our_date = lines.their_date then null
            when lines.our_date is not null and lines.their_date is not null
                then 'counted_other_day'
            when lines.our_date is not null
                then
                    case
                        when lines.is_person_stated
                            then 'other_registration_of_person'
                        when
                            lines.our_date > horizons.stated_until_date
                            or horizons.stated_until_date is null
                            then 'not_yet_stated'
                        when lines.contract_id is null then 'no_contract'
                        when lines.contract_version = 'default'
                            then 'contract_default'
                        else 'not_stated'
                    end
            when lines.registration_id is null then 'not_a_registration'
            when lines.refused_because != 'not_eligible_outcome'
                then lines.refused_because
            when lines.outcome = 'rejected_by_company' then 'before_rejection'
            else 'not_rejected'
        end as reason
    from registrations_joined as lines
    left join horizons
        on lines.company_id = horizons.company_id
    where
        lines.our_date is not null
        or lines.their_date is not null
),

slots_joined as (
    select
        coalesce(slots.company_id, stated_slots.company_id) as company_id,
        coalesce(slots.slot_number, stated_slots.slot_number) as slot_number,
        slots.slot_id,
        slots.contract_id,
        contracts.contract_version,
        {{ local_date("slots.granted_at") }} as our_date,
        stated_slots.granted_date as their_date,
        case
            when slots.status = 'used'
                then {{ local_date("slots.used_at") }}
        end as our_used_date,
        stated_slots.used_date as their_used_date,
        case when slots.status = 'used' then slots.introduction_id end
            as our_introduction_id,
        case
            when stated_slots.used_date is not null
                then stated_slots.introduction_id
        end as their_introduction_id
    from slots
    left join contracts
        on slots.contract_id = contracts.contract_id
    full outer join stated_slots
        on
            slots.company_id = stated_slots.company_id
            and slots.slot_number = stated_slots.slot_number
),

slot_lines as (
    select
        'slot' as line_type,
        lines.company_id,
        cast(lines.slot_number as {{ type_string() }}) as line_number,
        cast(null as {{ type_string() }}) as registration_id,
        lines.company_id || ':' || lines.slot_number as slot_id,
        lines.contract_id,
        lines.our_date,
        lines.their_date,
        lines.our_used_date,
        lines.their_used_date,
        lines.our_introduction_id,
        lines.their_introduction_id,
        case
            when lines.their_date is null
                then
                    case
                        when
                            lines.our_date > horizons.stated_until_date
                            or horizons.stated_until_date is null
                            then 'not_yet_stated'
                        when lines.contract_version = 'default'
                            then 'contract_default'
                        else 'not_stated'
                    end
            when lines.our_date is null then 'not_enough_points'
            when lines.our_date != lines.their_date then 'grant_other_day'
            when
                lines.our_used_date is null
                and lines.their_used_date is null
                then null
            when lines.their_used_date is null
                then
                    case
                        when
                            lines.our_used_date > horizons.stated_until_date
                            then 'use_not_yet_stated'
                        else 'use_not_stated'
                    end
            when
                lines.our_used_date is null
                and not coalesce(
                    introductions.is_slot_covered
                    and introductions.slot_id = lines.slot_id,
                    false
                )
                then 'use_not_covered'
            when lines.our_used_date is null then 'use_not_ours'
            when
                coalesce(lines.our_introduction_id, '')
                != coalesce(lines.their_introduction_id, '')
                then 'use_other_introduction'
            when lines.our_used_date != lines.their_used_date
                then 'use_other_day'
        end as reason
    from slots_joined as lines
    left join horizons
        on lines.company_id = horizons.company_id
    left join introductions
        on lines.their_introduction_id = introductions.introduction_id
),

unioned as (
    select * from registration_lines
    union all
    select * from slot_lines
),

final as (
    select
        line_type || ':' || company_id || ':' || line_number as line_id,
        company_id,
        line_type,
        registration_id,
        slot_id,
        contract_id,
        case
            when their_date is null then 'only_ours'
            when our_date is null then 'only_theirs'
            when reason is not null then 'differs'
            else 'agreed'
        end as state,
        reason,
        our_date,
        their_date,
        our_used_date,
        their_used_date,
        our_introduction_id,
        their_introduction_id
    from unioned
)

select * from final
