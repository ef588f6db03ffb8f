{#- Every form's responses: one line of the union per source. -#}
with

connections as (
    select * from {{ ref("stg_landing__connections") }}
),

unioned as (
    select * from {{ ref("int_typeform__responses_merged") }}
    {%- if is_used("google_forms") %}
    union all
    select * from {{ ref("int_google_forms__responses_unified") }}
    {%- endif %}
    {%- if is_used("tally") %}
    union all
    select * from {{ ref("int_tally__responses_unified") }}
    {%- endif %}
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
