{#-
    One row per response of the form, in the columns that every form ends in.
    A response moves through three lists (started, partial, completed) and
    stays visible in all of them: its most advanced row is the one that counts.
-#}
with

responses_started as (
    select * from {{ ref("stg_typeform__responses_started") }}
),

responses_partial as (
    select * from {{ ref("stg_typeform__responses_partial") }}
),

responses_completed as (
    select * from {{ ref("stg_typeform__responses_completed") }}
),

unioned as (
    select
        connection,
        response_id,
        'started' as response_type,
        1 as progress,
        token,
        landed_at,
        cast(null as {{ type_timestamp_tz() }}) as submitted_at,
        cast(null as {{ type_boolean() }}) as has_consent,
        form_version,
        device,
        agent_class,
        answered_count,
        last_question,
        'responses_started' as stream,
        record_id,
        payload_hash
    from responses_started
    union all
    select
        connection,
        response_id,
        'partial' as response_type,
        2 as progress,
        token,
        landed_at,
        cast(null as {{ type_timestamp_tz() }}) as submitted_at,
        cast(null as {{ type_boolean() }}) as has_consent,
        form_version,
        device,
        agent_class,
        answered_count,
        last_question,
        'responses_partial' as stream,
        record_id,
        payload_hash
    from responses_partial
    union all
    select
        connection,
        response_id,
        'completed' as response_type,
        3 as progress,
        token,
        landed_at,
        submitted_at,
        coalesce(has_consent, false) as has_consent,
        form_version,
        device,
        agent_class,
        answered_count,
        last_question,
        'responses_completed' as stream,
        record_id,
        payload_hash
    from responses_completed
),

ranked as (
    select
        *,
        row_number() over (
            partition by response_id
            order by progress desc, {{ byte_order("record_id") }} desc
        ) as position
    from unioned
),

final as (
    select
        connection,
        'typeform' as source,
        response_id,
        response_type,
        token,
        landed_at,
        submitted_at,
        has_consent,
        form_version,
        device,
        agent_class,
        answered_count,
        last_question,
        stream,
        record_id,
        payload_hash
    from ranked
    where position = 1
)

select * from final
