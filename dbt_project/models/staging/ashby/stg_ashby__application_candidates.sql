{#-
    Who each application has belonged to: another candidate than before means that
    the vendor merged the two. Deletions are none of its rows' business.
-#}
{{ config(
    unique_key=["connection", "record_id", "candidate_id"],
    indexes=[
        {"columns": ["connection", "record_id", "candidate_id"], "unique": true},
        {"columns": ["connection", "seq"]},
    ],
) }}

with

landed as (
    {{ landed('ashby', 'applications', every_version=true) }}
),

owned as (
    select
        connection,
        record_id,
        seq,
        {{ json_field("candidateId") }} as source_candidate_id
    from landed
),

final as (
    select
        connection,
        record_id,
        max(seq) as seq,
        false as is_deleted,
        source_candidate_id,
        {{ scoped_id("source_candidate_id") }} as candidate_id
    from owned
    where source_candidate_id is not null
    group by
        connection,
        record_id,
        source_candidate_id
)

select * from final
