{#-
    Every mail of which a provider tells, with its application: the one that the
    ATS or the company names for its token, else that of a candidate with the
    recipient's address, of several the one that was rejected last before the
    mail, or else the newest. What erasing left of an address belongs to no
    version.
-#}
with

events as (
    select * from {{ ref("int_mail_events_unioned") }}
),

identity_keys as (
    select * from {{ ref("stg_vault__identity_keys") }}
),

identities as (
    select * from {{ ref("int_identities_keyed") }}
),

applications as (
    select * from {{ ref("int_applications_decided") }}
),

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

notes as (
    select * from {{ ref("int_greenhouse__mails_filtered") }}
),

declared as (
    select * from {{ ref("int_operator__mails_joined") }}
),

unioned as (
    select
        connections.company_id,
        notes.token,
        notes.application_id
    from notes
    inner join connections
        on notes.connection = connections.connection
    union all
    select
        company_id,
        token,
        application_id
    from declared
),

named as (
    select
        company_id,
        token,
        min(application_id) as application_id
    from unioned
    group by company_id, token
),

mails as (
    select
        company_id,
        connection,
        message_key,
        token,
        coalesce(
            min(case when event_type = 'sent' then occurred_at end),
            min(occurred_at)
        ) as sent_at
    from events
    where
        token is not null
        and event_type in ('sent', 'deferred', 'delivered', 'bounced')
    group by company_id, connection, message_key, token
),

recipients as (
    select distinct
        events.connection,
        events.message_key,
        identity_keys.key_value
    from events
    inner join identity_keys
        on
            events.connection = identity_keys.connection
            and events.source = identity_keys.source
            and events.record_id = identity_keys.record_id
            and (
                events.payload_hash = identity_keys.payload_hash
                or identity_keys.is_opaque
            )
    where
        identity_keys.kind = 'email'
        and identity_keys.stream = 'events'
),

addressed as (
    select
        mails.connection,
        mails.message_key,
        applications.application_id,
        row_number() over (
            partition by mails.connection, mails.message_key
            order by
                case
                    when
                        {{ dateadd("hour", -24, "applications.rejected_at") }}
                        <= mails.sent_at
                        then 0
                    else 1
                end,
                case
                    when
                        {{ dateadd("hour", -24, "applications.rejected_at") }}
                        <= mails.sent_at
                        then abs({{ seconds_between(
                            "applications.rejected_at", "mails.sent_at"
                        ) }})
                end,
                applications.applied_at desc,
                {{ byte_order("applications.application_id") }}
        ) as position
    from mails
    inner join recipients
        on
            mails.connection = recipients.connection
            and mails.message_key = recipients.message_key
    inner join identities
        on
            mails.company_id = identities.company_id
            and recipients.key_value = identities.key_value
            and identities.kind = 'email'
    inner join applications
        on
            mails.company_id = applications.company_id
            and identities.node_key = 'c:' || applications.candidate_id
            and mails.sent_at >= applications.applied_at
    left join named
        on
            mails.company_id = named.company_id
            and mails.token = named.token
    where named.application_id is null
),

final as (
    select
        mails.company_id,
        mails.connection,
        mails.connection || ':' || mails.message_key as mail_id,
        coalesce(named.application_id, addressed.application_id)
            as application_id,
        mails.token,
        mails.sent_at
    from mails
    left join named
        on
            mails.company_id = named.company_id
            and mails.token = named.token
    left join addressed
        on
            mails.connection = addressed.connection
            and mails.message_key = addressed.message_key
            and addressed.position = 1
)

select * from final
