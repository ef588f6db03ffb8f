-- Bookkeeping of what was landed, the vault of identity keys, and the gate's own tables.

create schema if not exists landing;
create schema if not exists vault;
create schema if not exists gate;

create table landing.companies (
    company_id text primary key,
    company_name text not null
);

create table landing.connections (
    connection text primary key,
    company_id text not null,
    source text not null
);

create table landing.sync_state (
    connection text not null,
    source text not null,
    stream text not null,
    state jsonb not null,
    observed_at timestamptz,
    updated_at timestamptz not null default now(),
    run_id text not null,
    primary key (connection, stream)
);

create table landing.files (
    connection text not null,
    path text not null,
    content_hash text not null,
    stream text not null,
    row_count integer not null,
    run_id text not null,
    landed_at timestamptz not null default now(),
    primary key (connection, stream, content_hash)
);

-- Facts about the whole warehouse, such as the fingerprint of the HMAC key in use.
create table landing.settings (
    name text primary key,
    value text not null
);

create table vault.identity_keys (
    connection text not null,
    source text not null,
    stream text not null,
    record_id text not null,
    payload_hash bytea not null,
    kind text not null check (kind in ('email', 'phone', 'name', 'kana', 'birth_date')),
    key text not null,
    primary key (connection, source, stream, record_id, payload_hash, kind, key)
);

create table gate.watermarks (
    connection text not null,
    source text not null,
    stream text not null,
    checked_seq bigint not null,
    observed_at timestamptz,
    checked_at timestamptz not null,
    run_id text not null,
    primary key (connection, stream)
);

create table gate.quarantine (
    quarantine_id bigint generated always as identity primary key,
    connection text not null,
    source text not null,
    stream text not null,
    record_id text not null,
    seq bigint not null,
    payload_hash bytea not null,
    rule text not null,
    reason text not null,
    status text not null check (status in ('open', 'repaired', 'released', 'waived')),
    found_at timestamptz not null,
    found_run_id text not null,
    closed_at timestamptz,
    closed_by text,
    unique (connection, stream, record_id, payload_hash, rule)
);

create table gate.results (
    run_id text not null,
    connection text not null,
    source text not null,
    stream text not null,
    checked_at timestamptz not null,
    rows_checked bigint not null,
    rows_quarantined bigint not null,
    success boolean not null,
    stopped boolean not null,
    message text,
    statistics jsonb
);

create index results_connection_stream on gate.results (connection, stream, checked_at);
