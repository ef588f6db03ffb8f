{#-
    Every provider's events of mails: one line of the union each. An event whose
    sender did not attach the token has the one of the same mail's other events,
    else the one that the company declares for the mail.
-#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

event_map as (
    select * from {{ ref("mail_event_map") }}
),

declared as (
    select * from {{ ref("int_operator__mails_joined") }}
),

unioned as (
    select
        cast(null as {{ type_string() }}) as connection,
        cast(null as {{ type_string() }}) as source,
        cast(null as {{ type_string() }}) as record_id,
        {{ null_bytes() }} as payload_hash,
        cast(null as {{ type_string() }}) as event_id,
        cast(null as {{ type_string() }}) as event_code,
        cast(null as {{ type_timestamp_tz() }}) as occurred_at,
        cast(null as {{ type_string() }}) as token,
        cast(null as {{ type_string() }}) as message_key,
        cast(null as {{ type_string() }}) as agent_class,
        cast(null as {{ type_boolean() }}) as is_machine,
        cast(null as {{ type_string() }}) as link
    where 1 = 0
    {%- for source in ["mailgun", "sendgrid", "ses"] if is_used(source) %}
    union all
    select
        connection,
        '{{ source }}' as source,
        record_id,
        payload_hash,
        event_id,
        event_code,
        occurred_at,
        token,
        message_key,
        agent_class,
        is_machine,
        link
    from {{ ref("stg_" ~ source ~ "__events") }}
    {%- endfor %}
),

mapped as (
    select
        connections.company_id,
        unioned.*,
        event_map.event_type
    from unioned
    inner join connections
        on unioned.connection = connections.connection
    left join event_map
        on
            unioned.source = event_map.source
            and unioned.event_code = event_map.code
),

tokens as (
    select
        connection,
        message_key,
        min(token) as token
    from mapped
    group by connection, message_key
),

tokens_declared as (
    select
        company_id,
        message_key,
        min(token) as token
    from declared
    where message_key is not null
    group by company_id, message_key
),

final as (
    select
        mapped.company_id,
        mapped.connection,
        mapped.source,
        mapped.record_id,
        mapped.payload_hash,
        mapped.event_id,
        mapped.event_type,
        mapped.occurred_at,
        mapped.message_key,
        coalesce(mapped.token, tokens.token, tokens_declared.token) as token,
        mapped.agent_class,
        mapped.is_machine,
        mapped.link
    from mapped
    left join tokens
        on
            mapped.connection = tokens.connection
            and mapped.message_key = tokens.message_key
    left join tokens_declared
        on
            mapped.company_id = tokens_declared.company_id
            and mapped.message_key = tokens_declared.message_key
)

select * from final
