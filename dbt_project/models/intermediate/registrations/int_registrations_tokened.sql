{#-
    Registrations that came with a known token, and whether the person behind
    it agrees: shares an e-mail, a phone or the name with its candidate, and
    nothing contradicts. A link may have been forwarded, to a spouse who shares
    the phone too, or to a namesake: the name alone does not agree when another
    candidate has the registration's name with its e-mail or phone, and neither
    of these with the token's candidate.
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

named_alone as (
    select
        left_node_key,
        right_node_key
    from features
    where
        name_equal = 1
        and coalesce(email_equal, 0) = 0
        and coalesce(phone_equal, 0) = 0
),

contacts as (
    select
        scope_id,
        node_key,
        kind,
        key_value
    from identifying
    where kind in ('email', 'phone')
),

namesakes as (
    select distinct
        named_alone.left_node_key,
        named_alone.right_node_key,
        others.node_key
    from named_alone
    inner join contacts as own
        on named_alone.right_node_key = own.node_key
    inner join contacts as others
        on
            own.scope_id = others.scope_id
            and own.kind = others.kind
            and own.key_value = others.key_value
    inner join keyed as own_names
        on
            named_alone.right_node_key = own_names.node_key
            and own_names.kind = 'name'
    inner join keyed as other_names
        on
            others.node_key = other_names.node_key
            and own_names.kind = other_names.kind
            and own_names.key_value = other_names.key_value
    where others.node_key like 'c:%'
),

reached as (
    select distinct
        namesakes.left_node_key,
        namesakes.node_key
    from namesakes
    inner join contacts as tokens_own
        on namesakes.left_node_key = tokens_own.node_key
    inner join contacts as others
        on
            namesakes.node_key = others.node_key
            and tokens_own.kind = others.kind
            and tokens_own.key_value = others.key_value
),

forwarded_to_namesakes as (
    select distinct namesakes.right_node_key
    from namesakes
    left join reached
        on
            namesakes.left_node_key = reached.left_node_key
            and namesakes.node_key = reached.node_key
    where reached.node_key is null
),

agreed as (
    select features.right_node_key as node_key
    from features
    left join told_apart
        on
            features.left_node_key = told_apart.left_node_key
            and features.right_node_key = told_apart.right_node_key
    left join forwarded_to_namesakes
        on features.right_node_key = forwarded_to_namesakes.right_node_key
    where
        1 in (
            features.email_equal,
            features.phone_equal,
            features.name_equal
        )
        and not {{ is_contradicted("features") }}
        and told_apart.left_node_key is null
        and forwarded_to_namesakes.right_node_key is null
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
