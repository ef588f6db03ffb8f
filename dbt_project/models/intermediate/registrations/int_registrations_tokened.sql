{#-
    Registrations that came with a known token, and whether the person behind
    it agrees: shares an e-mail, a phone or the name with its candidate, and
    nothing contradicts. A link may have been forwarded, to a spouse who shares
    the phone too.
-#}
with

responses as (
    select * from {{ ref("int_responses_unioned") }}
),

tokens as (
    select * from {{ ref("int_tokens_mailed") }}
),

identities as (
    select * from {{ ref("int_identities_keyed") }}
),

tokened as (
    select
        responses.company_id,
        responses.response_id as registration_id,
        tokens.application_id,
        tokens.candidate_id
    from responses
    inner join tokens
        on
            responses.company_id = tokens.company_id
            and responses.token = tokens.token
    where responses.response_type = 'completed'
),

told_apart as (
    select
        left_node_key,
        right_node_key
    from {{ ref("int_identity_decisions") }}
    where verdict = 'not_same'
),

keyed as (
    select
        company_id as scope_id,
        node_key,
        kind,
        key_value
    from identities
),

shared as (
    {{ identity_shared("keyed") }}
),

identifying as (
    select keyed.*
    from keyed
    left join shared
        on
            keyed.scope_id = shared.scope_id
            and keyed.kind = shared.kind
            and keyed.key_value = shared.key_value
    where shared.key_value is null
),

pairs as (
    select
        'c:' || candidate_id as left_node_key,
        'r:' || registration_id as right_node_key
    from tokened
),

features as (
    {{ identity_features("pairs", "identifying") }}
),

agreed as (
    select features.right_node_key as node_key
    from features
    left join told_apart
        on
            features.left_node_key = told_apart.left_node_key
            and features.right_node_key = told_apart.right_node_key
    where
        1 in (
            features.email_equal,
            features.phone_equal,
            features.name_equal
        )
        and not {{ is_contradicted("features") }}
        and told_apart.left_node_key is null
),

final as (
    select
        tokened.*,
        agreed.node_key is not null as is_agreeing
    from tokened
    left join agreed
        on 'r:' || tokened.registration_id = agreed.node_key
)

select * from final
