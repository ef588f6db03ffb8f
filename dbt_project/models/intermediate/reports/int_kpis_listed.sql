with

final as (
    {{ kpis_listed() }}
)

select * from final
