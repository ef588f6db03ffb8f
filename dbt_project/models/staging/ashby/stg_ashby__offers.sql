with

landed as (
    {{ landed('ashby', 'offers') }}
),

final as (
    select
        connection,
        record_id,
        seq,
        is_deleted,
        {{ scoped_id("record_id") }} as offer_id,
        {{ scoped_id(json_field("applicationId")) }} as application_id,
        {{ json_field("offerStatus") }} as offer_status,
        {{ json_field("acceptanceStatus") }} as acceptance_status,
        {{ json_field("decidedAt", "timestamptz") }} as decided_at
    from landed
)

select * from final
