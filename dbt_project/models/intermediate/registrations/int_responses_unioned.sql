{#- Every form's responses: one line per source. -#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    {{ union_used([
        "int_typeform__responses_merged",
        "int_google_forms__responses_unified",
        "int_tally__responses_unified",
    ]) }}
),

final as (
    select
        connections.company_id,
        unioned.*,
        unioned.source not in (
            {{ forms_without_openings() }}
        ) as is_opening_known
    from unioned
    inner join connections
        on unioned.connection = connections.connection
)

select * from final
