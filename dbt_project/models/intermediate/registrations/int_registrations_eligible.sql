{#-
    Every registration with the time at which it counts, the contract version
    in force on that day, and why it does not count, if it does not. A person
    counts once within the scope of the contract, at their company, its group
    or the whole programme, and again only after its window. What blocks a
    registration is thus who counted before it, at any company, so the
    registrations of a human are walked through in order, over all companies.
-#}
with {{ recursive() }}

registrations as (
    select
        company_id,
        connection,
        registration_id,
        application_id,
        submitted_at,
        has_consent,
        person_id,
        coalesce(group_person_id, person_id) as group_person_id,
        coalesce(programme_person_id, group_person_id, person_id)
            as programme_person_id,
        substring(registration_id, length(connection) + 2)
            as registration_number
    from {{ ref("int_registrations_matched") }}
),

events as (
    select
        company_id,
        registration_number,
        event,
        min(occurred_date) as occurred_date
    from {{ ref("stg_operator__registration_events") }}
    group by
        company_id,
        registration_number,
        event
),

applications as (
    select * from {{ ref("int_applications_decided") }}
),

jobs as (
    select * from {{ ref("int_jobs_unioned") }}
),

contracts as (
    select * from {{ ref("int_contracts_unioned") }}
),

-- the moments that a contract may count by
moments as (
    select
        company_id,
        registration_id,
        'submitted' as moment,
        submitted_at as counted_at
    from registrations
    union all
    select
        registrations.company_id,
        registrations.registration_id,
        events.event as moment,
        greatest(
            {{ local_midnight("events.occurred_date") }},
            registrations.submitted_at
        ) as counted_at
    from registrations
    inner join events
        on
            registrations.company_id = events.company_id
            and registrations.registration_number = events.registration_number
    where events.event in ('verified', 'referred')
),

-- each with the contract in force on its day, and whether that counts by it;
-- without a contract the submission counts, though it earns no point
moments_in_force as (
    select
        moments.registration_id,
        moments.moment,
        moments.counted_at,
        contracts.contract_id,
        case
            when moments.moment = 'submitted'
                then
                    contracts.contract_id is null
                    or contracts.counting_event in ('registered', 'consented')
            else coalesce(contracts.counting_event = moments.moment, false)
        end as is_counting,
        row_number() over (
            partition by moments.registration_id, moments.moment
            order by
                contracts.in_force_from desc,
                {{ byte_order("contracts.contract_version") }} desc
        ) as position
    from moments
    left join contracts
        on
            moments.company_id = contracts.company_id
            and {{ local_date("moments.counted_at") }}
            >= contracts.in_force_from
            and (
                contracts.valid_to is null
                or {{ local_date("moments.counted_at") }} < contracts.valid_to
            )
),

-- a registration that counts by nothing yet is judged by the contract of the
-- day on which it was submitted
moments_ranked as (
    select
        registration_id,
        contract_id,
        case when is_counting then counted_at end as counted_at,
        row_number() over (
            partition by registration_id
            order by
                case when is_counting then 0 else 1 end,
                case when is_counting then counted_at end,
                case when moment = 'submitted' then 0 else 1 end,
                moment
        ) as position
    from moments_in_force
    where position = 1
),

judged as (
    select
        registrations.company_id,
        registrations.person_id,
        registrations.group_person_id,
        registrations.programme_person_id,
        registrations.registration_id,
        registrations.registration_number,
        registrations.application_id,
        moments_ranked.counted_at,
        moments_ranked.contract_id,
        contracts.dedupe_scope,
        contracts.dedupe_window_days,
        case
            when
                not coalesce(registrations.has_consent, false)
                and coalesce(contracts.counting_event, 'consented')
                != 'registered'
                then 'no_consent'
            when registrations.application_id is null then 'not_matched'
            when coalesce(applications.outcome, '') != 'rejected_by_company'
                then 'not_eligible_outcome'
            when applications.rejected_at > moments_ranked.counted_at
                then 'not_eligible_outcome'
            when
                contracts.eligible_stages is not null
                and not {{ in_list(
                    "applications.stage_reached", "contracts.eligible_stages"
                ) }}
                then 'not_eligible_stage'
            when
                contracts.eligible_channels is not null
                and not {{ in_list(
                    "applications.channel", "contracts.eligible_channels"
                ) }}
                then 'not_eligible_channel'
            when {{ in_list(
                "applications.channel", "contracts.excluded_channels"
            ) }}
                then 'not_eligible_channel'
            when
                contracts.eligible_employment_types is not null
                and not {{ in_list(
                    "jobs.employment_type",
                    "contracts.eligible_employment_types"
                ) }}
                then 'not_eligible_employment_type'
            when
                contracts.withdrawal_effect = 'reverse'
                and withdrawals.registration_number is not null
                then 'withdrawn'
            when moments_ranked.counted_at is null then 'not_yet'
        end as refused_because
    from registrations
    inner join moments_ranked
        on
            registrations.registration_id = moments_ranked.registration_id
            and moments_ranked.position = 1
    left join contracts
        on moments_ranked.contract_id = contracts.contract_id
    left join applications
        on registrations.application_id = applications.application_id
    left join jobs
        on applications.job_id = jobs.job_id
    left join events as withdrawals
        on
            registrations.company_id = withdrawals.company_id
            and registrations.registration_number
            = withdrawals.registration_number
            and withdrawals.event = 'withdrawn'
),

-- a human's persons at companies and in groups, numbered
numbered as (
    select
        *,
        'c' || dense_rank() over (
            partition by programme_person_id
            order by company_id, person_id
        ) as company_place,
        'g' || dense_rank() over (
            partition by programme_person_id
            order by group_person_id
        ) as group_place,
        'p' as programme_place,
        row_number() over (
            partition by programme_person_id
            order by counted_at, {{ byte_order("registration_id") }}
        ) as position
    from judged
    where refused_because is null
),

-- what is asked of the places where the human counted, and what is noted of
-- them when this one counts, too
positioned as (
    select
        *,
        case dedupe_scope
            when 'programme' then programme_place
            when 'group' then group_place
            else company_place
        end as asked_place,
        '|' || company_place || ':' || position
        || '|' || group_place || ':' || position
        || '|' || programme_place || ':' || position as noted_places
    from numbered
),

-- A recursion may look neither at rows that it has walked nor at two rows of
-- one step at once. So a walk carries what the next ones may ask for in a
-- text, newest first: for each place the position of the registration that
-- counted there, as in |c2:3|g1:3|p:3|c1:1|g1:1|p:1. What follows the first
-- mention of a place is the last count there. Positions find the exact time.
walked as (
    select
        programme_person_id,
        registration_id,
        position,
        true as is_counted,
        cast(noted_places as {{ type_string() }}) as counted_places
    from positioned
    where position = 1
    union all
    select
        positioned.programme_person_id,
        positioned.registration_id,
        positioned.position,
        {{ counts_again("blocking.counted_at", "positioned") }} as is_counted,
        cast(
            case
                when {{ counts_again("blocking.counted_at", "positioned") }}
                    then positioned.noted_places
                else ''
            end || walked.counted_places as {{ type_string() }}
        ) as counted_places
    from walked
    inner join positioned
        on
            walked.programme_person_id = positioned.programme_person_id
            and walked.position + 1 = positioned.position
    left join positioned as blocking
        on
            positioned.programme_person_id = blocking.programme_person_id
            and {{ last_count_at(
                "walked.counted_places", "positioned.asked_place"
            ) }} = blocking.position
),

final as (
    select
        judged.company_id,
        judged.person_id,
        judged.registration_id,
        judged.registration_number,
        judged.application_id,
        judged.counted_at,
        judged.contract_id,
        case
            when walked.is_counted then null
            when judged.refused_because is null then 'duplicate_person'
            else judged.refused_because
        end as refused_because
    from judged
    left join walked
        on judged.registration_id = walked.registration_id
)

select * from final
