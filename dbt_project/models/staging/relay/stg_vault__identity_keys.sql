{#-
    Keys are personal data: this model is inlined into the intermediate layer,
    because whoever may read the staging schema must not see them. A network is
    nobody's key: those stand in stg_vault__network_keys.
-#}
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
        kind,
        key as key_value,
        key like '~%' as is_opaque
    from identity_keys
    where kind != 'network'
)

select * from final
