{#-
    How alike the records of a pair are: a level per comparison (NULL: no
    evidence), and what all of them together weigh (Fellegi-Sunter). Name and
    reading are one comparison, because they are one piece of evidence.
-#}
with

pairs as (
    select * from {{ ref("int_identity_pairs") }}
),

keys as (
    select * from {{ ref("int_identities_keyed") }}
),

features as (
    {{ identity_features("pairs", "keys") }}
),

levels as (
    select
        pairs.*,
        case
            when features.email_equal = 1 then 'equal'
            when
                features.email_head_equal = 1 and features.email_tail_equal = 1
                then 'close'
            when 1 in (features.email_head_equal, features.email_tail_equal)
                then 'near'
            when features.email_equal = 0 then 'different'
        end as email_level,
        case
            when features.phone_equal = 1 then 'equal'
            when 1 in (features.phone_head_equal, features.phone_tail_equal)
                then 'near'
            when features.phone_equal = 0 then 'different'
        end as phone_level,
        case
            when features.name_equal = 1 then 'equal'
            when features.kana_equal = 1 then 'reading'
            when 1 in (features.name_head_equal, features.name_tail_equal)
                then 'near'
            when 0 in (features.name_equal, features.kana_equal)
                then 'different'
        end as name_level,
        case
            when features.birth_date_equal = 1 then 'equal'
            when features.birth_date_equal = 0 then 'different'
        end as birth_date_level,
        case when pairs.is_same_token then 'equal' end as token_level,
        {{ is_contradicted("features") }} as is_contradicted
    from pairs
    inner join features
        on
            pairs.left_node_key = features.left_node_key
            and pairs.right_node_key = features.right_node_key
),

final as (
    select
        levels.*,
        {{ identity_weight("levels") }} as match_weight
    from levels
)

select * from final
