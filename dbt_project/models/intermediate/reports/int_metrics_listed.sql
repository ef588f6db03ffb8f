with

final as (
    {{ metrics_listed() }}
)

select * from final
