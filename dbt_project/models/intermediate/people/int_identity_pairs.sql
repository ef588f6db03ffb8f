{#-
    Pairs of records of a company that may be one person and are not: they
    share an e-mail, a phone, a token, a reading with the birth date, or the
    name with half an address or phone. A registration that belongs to no
    candidate is paired with the few of its name. A key that many people carry
    brings no pair. Pairs that a human decided on are here whatever they share.
-#}
with

persons as (
    select * from {{ ref("int_persons_connected") }}
),

keys as (
    select * from {{ ref("int_identities_keyed") }}
),

tokened as (
    select * from {{ ref("int_registrations_tokened") }}
),

decisions as (
    select * from {{ ref("int_identity_decisions") }}
),

combined as (
    select
        first_keys.company_id,
        first_keys.node_key,
        first_keys.kind || '_' || second_keys.kind as block,
        first_keys.key_value || ':' || second_keys.key_value as key_value
    from keys as first_keys
    inner join keys as second_keys
        on first_keys.node_key = second_keys.node_key
    where
        (first_keys.kind = 'kana' and second_keys.kind = 'birth_date')
        or (
            first_keys.kind = 'name'
            and second_keys.kind
            in ('email_head', 'email_tail', 'phone_head', 'phone_tail')
        )
),

token_blocks as (
    select
        company_id,
        'r:' || registration_id as node_key,
        candidate_id as key_value
    from tokened
    union
    select
        company_id,
        'c:' || candidate_id as node_key,
        candidate_id as key_value
    from tokened
),

blocks as (
    select
        company_id,
        node_key,
        kind as block,
        key_value
    from keys
    where kind in ('email', 'phone')
    union all
    select
        company_id,
        node_key,
        block,
        key_value
    from combined
    union all
    select
        company_id,
        node_key,
        'token' as block,
        key_value
    from token_blocks
),

sizes as (
    select
        blocks.company_id,
        blocks.block,
        blocks.key_value
    from blocks
    inner join persons
        on blocks.node_key = persons.node_key
    group by
        blocks.company_id,
        blocks.block,
        blocks.key_value
    having
        count(distinct persons.person_id)
        between 2 and {{ var('review_block_people') }}
),

members as (
    select
        blocks.company_id,
        blocks.block,
        blocks.key_value,
        blocks.node_key,
        persons.person_id
    from blocks
    inner join sizes
        on
            blocks.company_id = sizes.company_id
            and blocks.block = sizes.block
            and blocks.key_value = sizes.key_value
    inner join persons
        on blocks.node_key = persons.node_key
),

applicants as (
    select distinct person_id
    from persons
    where candidate_id is not null
),

named_candidates as (
    select
        persons.company_id,
        persons.node_key,
        keys.key_value,
        dense_rank() over (
            partition by persons.company_id, keys.key_value
            order by {{ byte_order("persons.person_id") }}
        ) as namesake
    from persons
    inner join keys
        on persons.node_key = keys.node_key
    where
        keys.kind = 'name'
        and persons.candidate_id is not null
),

rare_names as (
    select
        company_id,
        key_value
    from named_candidates
    group by
        company_id,
        key_value
    having max(namesake) <= {{ var('review_namesakes') }}
),

same_names as (
    select
        named_candidates.company_id,
        named_candidates.node_key as left_node_key,
        keys.node_key as right_node_key
    from keys
    inner join persons
        on keys.node_key = persons.node_key
    inner join rare_names
        on
            keys.company_id = rare_names.company_id
            and keys.key_value = rare_names.key_value
    inner join named_candidates
        on
            keys.company_id = named_candidates.company_id
            and keys.key_value = named_candidates.key_value
    left join applicants
        on persons.person_id = applicants.person_id
    where
        keys.kind = 'name'
        and persons.registration_id is not null
        and applicants.person_id is null
),

pairs as (
    select
        left_members.company_id,
        left_members.node_key as left_node_key,
        right_members.node_key as right_node_key,
        left_members.block
    from members as left_members
    inner join members as right_members
        on
            left_members.company_id = right_members.company_id
            and left_members.block = right_members.block
            and left_members.key_value = right_members.key_value
            and left_members.person_id != right_members.person_id
            and {{ byte_order("left_members.node_key") }}
            < {{ byte_order("right_members.node_key") }}
    union all
    select
        company_id,
        left_node_key,
        right_node_key,
        'name' as block
    from same_names
    union all
    select
        company_id,
        left_node_key,
        right_node_key,
        'decision' as block
    from decisions
),

final as (
    select
        company_id,
        left_node_key,
        right_node_key,
        max(case when block = 'token' then 1 else 0 end) = 1 as is_same_token,
        max(case
            when
                block in ('email', 'phone', 'token', 'kana_birth_date', 'name')
                then 1
            else 0
        end) = 1 as is_always_reviewed
    from pairs
    group by
        company_id,
        left_node_key,
        right_node_key
)

select * from final
