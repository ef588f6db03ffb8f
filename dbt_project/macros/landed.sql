{#-
    The rows of a raw table that a staging model has to read: what passed the
    gate, is not in quarantine and is newer than what is staged, one row (the
    newest) per record, or per payload of it with `every_version`. The range of
    each connection is looked up by index, so the cost follows the change and
    not the history.
-#}
{% macro landed(source_name, stream, every_version=false) -%}
    {{ adapter.dispatch('landed')(source_name, stream, every_version) }}
{%- endmacro %}

{% macro default__landed(source_name, stream, every_version) -%}
    {%- set grain -%}
        landed.connection, landed.record_id
        {%- if every_version %}, landed.payload_hash{% endif %}
    {%- endset -%}
    select distinct on ({{ grain }})
        landed.connection,
        landed.record_id,
        landed.seq,
        landed.payload,
        landed.payload_hash,
        landed.is_deleted
    from (
        select
            watermarks.connection,
            watermarks.checked_seq,
            {% if is_incremental() -%}
            coalesce((
                select max(staged.seq)
                from {{ this }} as staged
                where staged.connection = watermarks.connection
            ), 0)
            {%- else -%}
            0
            {%- endif %} as staged_seq
        from {{ source('gate', 'watermarks') }} as watermarks
        where
            watermarks.source = '{{ source_name }}'
            and watermarks.stream = '{{ stream }}'
    ) as bounds
    cross join lateral (
        select raw.*
        from {{ source('raw_' ~ source_name, stream) }} as raw
        where
            raw.connection = bounds.connection
            and raw.seq > bounds.staged_seq
            and raw.seq <= bounds.checked_seq
    ) as landed
    where not exists (
        select 1
        from {{ source('gate', 'quarantine') }} as quarantine
        where
            quarantine.connection = landed.connection
            and quarantine.stream = '{{ stream }}'
            and quarantine.record_id = landed.record_id
            and quarantine.payload_hash = landed.payload_hash
            and quarantine.status = 'open'
    )
    order by {{ grain }}, landed.seq desc
{%- endmacro %}


{#- As `landed`, of a stream that only some versions of the warehouse have: no row without. -#}
{% macro landed_if_any(source_name, stream) -%}
    {%- if not execute or load_relation(source('raw_' ~ source_name, stream)) -%}
    {{ landed(source_name, stream) }}
    {%- else -%}
    select
        connection,
        stream as record_id,
        checked_seq as seq,
        cast(null as jsonb) as payload,
        false as is_deleted
    from {{ source('gate', 'watermarks') }}
    where connection is null
    {%- endif -%}
{%- endmacro %}


{#-
    A staging model of all versions of a stream's records, by whose keys people
    are matched: one row per payload of a record, without the payload.
-#}
{% macro landed_versions(source_name, stream) -%}
    {{- config(
        unique_key=["connection", "record_id", "payload_hash"],
        indexes=[
            {
                "columns": ["connection", "record_id", "payload_hash"],
                "unique": true
            },
            {"columns": ["connection", "seq"]},
        ],
    ) -}}
    with

    landed as (
        {{ landed(source_name, stream, every_version=true) }}
    ),

    final as (
        select
            connection,
            record_id,
            seq,
            is_deleted,
            payload_hash
        from landed
    )

    select * from final
{%- endmacro %}


{#-
    A staging model of who each application has belonged to, by the payload's
    field `owner`: another candidate than before means that the vendor merged
    the two. Deletions are none of its rows' business.
-#}
{% macro landed_owners(source_name, stream, owner) -%}
    {{- config(
        unique_key=["connection", "record_id", "candidate_id"],
        indexes=[
            {
                "columns": ["connection", "record_id", "candidate_id"],
                "unique": true
            },
            {"columns": ["connection", "seq"]},
        ],
    ) -}}
    with

    landed as (
        {{ landed(source_name, stream, every_version=true) }}
    ),

    owned as (
        select
            connection,
            record_id,
            seq,
            {{ json_field(owner) }} as source_candidate_id
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
{%- endmacro %}


{#-
    A record that the source deleted leaves staging, and so everything after;
    but for models whose meta says keeps_deleted.
-#}
{% macro drop_deleted(relation) -%}
    {%- if
        model.config.materialized == 'incremental'
        and not model.config.meta.get('keeps_deleted')
    -%}
        delete from {{ relation }} where is_deleted
    {%- endif -%}
{%- endmacro %}
