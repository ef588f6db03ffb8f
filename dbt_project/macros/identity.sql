{#-
    Identity resolution over keyed hashes. A relation of keys has scope_id
    (within which people are looked for), node_key (a record), kind and
    key_value; a relation of pairs left_node_key and right_node_key.
-#}


{#-
    What two records have in common: per kind 1 when they share a key, 0 when
    both have keys and none in common, NULL when one has none.
-#}
{% macro identity_features(pairs, keys) -%}
    select
        pairs.left_node_key,
        pairs.right_node_key
        {%- for kind in [
            'email', 'email_head', 'email_tail',
            'phone', 'phone_head', 'phone_tail',
            'name', 'name_head', 'name_tail', 'kana', 'birth_date',
        ] %},
        max(case when compared.kind = '{{ kind }}' then compared.is_equal end)
            as {{ kind }}_equal
        {%- endfor %}
    from {{ pairs }} as pairs
    left join (
        select
            both_sides.left_node_key,
            both_sides.right_node_key,
            left_keys.kind,
            max(case
                when left_keys.key_value = right_keys.key_value then 1 else 0
            end) as is_equal
        from {{ pairs }} as both_sides
        inner join {{ keys }} as left_keys
            on both_sides.left_node_key = left_keys.node_key
        inner join {{ keys }} as right_keys
            on
                both_sides.right_node_key = right_keys.node_key
                and left_keys.kind = right_keys.kind
        group by
            both_sides.left_node_key,
            both_sides.right_node_key,
            left_keys.kind
    ) as compared
        on
            pairs.left_node_key = compared.left_node_key
            and pairs.right_node_key = compared.right_node_key
    group by
        pairs.left_node_key,
        pairs.right_node_key
{%- endmacro %}


{#-
    Whether two records say that they are not one person: other names (unless
    they are read the same), or other birth dates.
-#}
{% macro is_contradicted(features) -%}
    (
        (
            coalesce({{ features }}.name_equal, 1) = 0
            and coalesce({{ features }}.kana_equal, 0) = 0
        )
        or coalesce({{ features }}.birth_date_equal, 1) = 0
    )
{%- endmacro %}


{#-
    E-mails and phones that go under too many names to identify anybody. What
    erasing left of a name is none: it may stand beside the name itself.
-#}
{% macro identity_shared(keys) -%}
    select
        shared.scope_id,
        shared.kind,
        shared.key_value
    from {{ keys }} as shared
    inner join {{ keys }} as named
        on
            shared.node_key = named.node_key
            and shared.scope_id = named.scope_id
    where
        shared.kind in ('email', 'phone')
        and named.kind = 'name'
        and named.key_value not like '~%'
    group by
        shared.scope_id,
        shared.kind,
        shared.key_value
    having count(distinct named.key_value) > {{ var('shared_key_names') }}
{%- endmacro %}


{#-
    Records that share keys which identify together, as members of a group:
    scope_id, group_key, link_type, tier, node_key. Who contradicts the group's
    first named member, or was told apart from it (`refused`: pairs, in either
    order), is no member; nor is, then, who has no name.
-#}
{% macro identity_groups(keys, refused) -%}
    with

    shared as (
        {{ identity_shared(keys) }}
    ),

    own_keys as (
        select distinct
            owned.scope_id,
            owned.node_key,
            owned.kind,
            owned.key_value,
            shared.key_value is not null as is_shared
        from {{ keys }} as owned
        left join shared
            on
                owned.scope_id = shared.scope_id
                and owned.kind = shared.kind
                and owned.key_value = shared.key_value
        where
            owned.kind in ('email', 'phone', 'name', 'kana', 'birth_date')
    ),

    named as (
        select distinct
            scope_id,
            node_key
        from own_keys
        where kind = 'name'
    ),

    readings as (
        select
            kana.scope_id,
            kana.node_key,
            kana.key_value || ':' || birth_dates.key_value as key_value
        from own_keys as kana
        inner join own_keys as birth_dates
            on
                kana.scope_id = birth_dates.scope_id
                and kana.node_key = birth_dates.node_key
        where
            kana.kind = 'kana'
            and birth_dates.kind = 'birth_date'
    ),

    combined as (
        select
            first_keys.scope_id,
            first_keys.node_key,
            first_keys.kind || '_' || second_keys.kind as link_type,
            first_keys.key_value || ':' || second_keys.key_value as key_value
        from own_keys as first_keys
        inner join own_keys as second_keys
            on
                first_keys.scope_id = second_keys.scope_id
                and first_keys.node_key = second_keys.node_key
                and (
                    (first_keys.kind = 'email' and second_keys.kind = 'name')
                    or (first_keys.kind = 'phone' and second_keys.kind = 'name')
                    or (
                        first_keys.kind = 'email'
                        and second_keys.kind = 'phone'
                        and not first_keys.is_shared
                        and not second_keys.is_shared
                    )
                )
        union all
        select
            own_keys.scope_id,
            own_keys.node_key,
            own_keys.kind || '_reading' as link_type,
            own_keys.key_value || ':' || readings.key_value as key_value
        from own_keys
        inner join readings
            on
                own_keys.scope_id = readings.scope_id
                and own_keys.node_key = readings.node_key
        where own_keys.kind in ('email', 'phone')
    ),

    candidates as (
        select
            combined.scope_id,
            combined.node_key,
            combined.link_type,
            combined.link_type || ':' || combined.key_value as group_key,
            named.node_key is not null as is_named,
            count(*) over (
                partition by
                    combined.scope_id,
                    combined.link_type,
                    combined.key_value
            ) as members,
            first_value(combined.node_key) over (
                partition by
                    combined.scope_id,
                    combined.link_type,
                    combined.key_value
                order by
                    case when named.node_key is null then 1 else 0 end,
                    {{ byte_order("combined.node_key") }}
            ) as first_node_key
        from combined
        left join named
            on
                combined.scope_id = named.scope_id
                and combined.node_key = named.node_key
    ),

    pairs as (
        select distinct
            first_node_key as left_node_key,
            node_key as right_node_key
        from candidates
        where
            members > 1
            and node_key != first_node_key
    ),

    features as (
        {{ identity_features("pairs", "own_keys") }}
    ),

    refusals as (
        select
            left_node_key,
            right_node_key
        from {{ refused }}
        union
        select
            right_node_key as left_node_key,
            left_node_key as right_node_key
        from {{ refused }}
    ),

    judged as (
        select
            candidates.*,
            coalesce({{ is_contradicted("features") }}, false)
            or refusals.left_node_key is not null as is_refused
        from candidates
        left join features
            on
                candidates.first_node_key = features.left_node_key
                and candidates.node_key = features.right_node_key
        left join refusals
            on
                candidates.first_node_key = refusals.left_node_key
                and candidates.node_key = refusals.right_node_key
        where candidates.members > 1
    ),

    accepted as (
        select
            judged.*,
            max(case when judged.is_refused then 1 else 0 end) over (
                partition by judged.scope_id, judged.group_key
            ) as has_refused
        from judged
    )

    select
        scope_id,
        group_key,
        link_type,
        case
            when link_type in ('email_name', 'email_phone') then 2 else 3
        end as tier,
        node_key
    from accepted
    where
        not is_refused
        and (is_named or has_refused = 0)
{%- endmacro %}


{#-
    Members of groups (scope_id, group_key, node_key and more) as a star around
    the first of each group: the columns and hub_node_key. What is alone in its
    group is left out; many members cost their number and not its square.
-#}
{% macro identity_stars(memberships) -%}
    select starred.*
    from (
        select
            members.*,
            min({{ byte_order("members.node_key") }}) over (
                partition by members.scope_id, members.group_key
            ) as hub_node_key,
            count(*) over (
                partition by members.scope_id, members.group_key
            ) as member_count
        from {{ memberships }} as members
    ) as starred
    where starred.member_count > 1
{%- endmacro %}


{#-
    Connected components of pairs: node_key and label, the smallest node_key of
    its component, for every node but that one.
-#}
{% macro identity_components(pairs) -%}
    with {{ recursive() }}

    edges as (
        select
            left_node_key as node_key,
            right_node_key as neighbour_key
        from {{ pairs }}
        union
        select
            right_node_key as node_key,
            left_node_key as neighbour_key
        from {{ pairs }}
    ),

    labels as (
        select
            node_key,
            neighbour_key as label
        from edges
        where {{ byte_order("neighbour_key") }} < {{ byte_order("node_key") }}
        union
        select
            edges.node_key,
            labels.label
        from labels
        inner join edges
            on labels.node_key = edges.neighbour_key
        where {{ byte_order("labels.label") }} < {{ byte_order("edges.node_key") }}
    )

    select
        node_key,
        min({{ byte_order("label") }}) as label
    from labels
    group by node_key
{%- endmacro %}


{#-
    Fellegi-Sunter: log2 of the odds that two records are one person's, from the
    levels of `features` (<comparison>_level; NULL is no evidence) and the
    fixed m and u of the variable identity_weights.
-#}
{% macro identity_weight(features) -%}
    {%- set double = 'cast({} as double precision)' -%}
    {%- set prior = var('identity_prior') -%}
    (
        ln({{ double.format(prior) }} / {{ double.format(1 - prior) }})
        {%- for comparison, levels in var('identity_weights').items() %}
        + case {{ features }}.{{ comparison }}_level
            {%- for level, probabilities in levels.items() %}
            when '{{ level }}' then ln(
                {{ double.format(probabilities[0]) }}
                / {{ double.format(probabilities[1]) }}
            )
            {%- endfor %}
            else 0
        end
        {%- endfor %}
    ) / ln({{ double.format(2) }})
{%- endmacro %}


{#- The probability that a weight stands for. -#}
{% macro identity_probability(weight) -%}
    1 / (1 + power(cast(2 as double precision), -({{ weight }})))
{%- endmacro %}


{#- What the runs before this one recorded of who belonged to whom. -#}
{% macro memberships_before_this_run() -%}
    {%- if is_incremental() -%}
    select
        record_id,
        company_id,
        person_id,
        change_number
    from {{ this }}
    {%- else -%}
    select
        cast(null as {{ type_string() }}) as record_id,
        cast(null as {{ type_string() }}) as company_id,
        cast(null as {{ type_string() }}) as person_id,
        cast(null as {{ type_int() }}) as change_number
    from {{ ref("int_as_of") }}
    where as_of_at is null and as_of_at is not null
    {%- endif -%}
{%- endmacro %}
