with

watermarks as (
    select * from {{ source("gate", "watermarks") }}
),

final as (
    select
        connection,
        source,
        stream,
        checked_seq,
        observed_at
    from watermarks
)

select * from final
