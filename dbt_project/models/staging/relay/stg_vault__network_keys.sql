{#- Inlined for the same reason as stg_vault__identity_keys. -#}
{{ config(materialized="ephemeral") }}

with

identity_keys as (
    select * from {{ source("vault", "identity_keys") }}
),

final as (
    select
        connection,
        source,
        stream,
        record_id,
        payload_hash,
        key as network_key
    from identity_keys
    where kind = 'network'
)

select * from final
