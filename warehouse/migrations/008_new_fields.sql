-- Fields that vendors' records have, and that neither are stored nor were left out knowingly: their
-- names, once per stream. The gate reports each in the check that follows (`reported_run_id`).

create table landing.new_fields (
    connection text not null,
    source text not null,
    stream text not null,
    field text not null,
    records bigint not null,
    first_seen_at timestamptz not null default now(),
    run_id text not null,
    reported_run_id text,
    primary key (connection, stream, field)
);
