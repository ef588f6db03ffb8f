{#-
    Registrations that earn a point. One that counts again for the same
    application is not the application's first.
-#}
with

registrations as (
    select * from {{ ref("int_registrations_eligible") }}
),

final as (
    select
        company_id,
        person_id,
        registration_id,
        registration_number,
        application_id,
        counted_at,
        contract_id,
        row_number() over (
            partition by application_id
            order by counted_at, {{ byte_order("registration_id") }}
        ) = 1 as is_first_of_application
    from registrations
    where refused_because is null
)

select * from final
