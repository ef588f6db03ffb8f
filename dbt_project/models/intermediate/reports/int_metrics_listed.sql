with

listed as (
    {{ metrics_listed() }}
),

as_of as (
    select * from {{ ref("int_as_of") }}
),

final as (
    select
        listed.*,
        {{ add_days("as_of.as_of_date", "-listed.closing_days") }}
            as known_until
    from listed
    cross join as_of
)

select * from final
