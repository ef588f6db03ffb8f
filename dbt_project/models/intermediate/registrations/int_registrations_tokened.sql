{#-
    Registrations that came with a known token, and whether the person behind
    it agrees: shares an e-mail, a phone or the name with its candidate. A link
    may have been forwarded.
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

agreed as (
    select distinct tokened.registration_id
    from tokened
    inner join identities as registration_keys
        on 'r:' || tokened.registration_id = registration_keys.node_key
    inner join identities as candidate_keys
        on
            'c:' || tokened.candidate_id = candidate_keys.node_key
            and registration_keys.kind = candidate_keys.kind
            and registration_keys.key_value = candidate_keys.key_value
),

final as (
    select
        tokened.*,
        agreed.registration_id is not null as is_agreeing
    from tokened
    left join agreed
        on tokened.registration_id = agreed.registration_id
)

select * from final
