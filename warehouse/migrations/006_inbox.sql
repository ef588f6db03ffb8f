-- The inbox: webhooks as they came, kept until the streams that they feed have landed them.
-- They hold personal data: the service may only add to it, the loader read and clear it.

create schema if not exists inbox;

create table inbox.events (
    event_id bigint generated always as identity primary key,
    connection text not null,
    source text not null,
    received_at timestamptz not null default clock_timestamp(),
    headers jsonb not null,
    body bytea not null,
    body_hash bytea not null generated always as (sha256(body)) stored
);

create index events_connection on inbox.events (connection, event_id);

-- Ids are handed out in the order in which they become visible: whoever adds waits until the last
-- one has committed, so a reader by `event_id >` can never pass over one that commits later.
create function inbox.one_at_a_time() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('relay inbox', 0));
    return null;
end
$$;

create trigger one_at_a_time before insert on inbox.events
for each statement execute function inbox.one_at_a_time();

grant usage on schema inbox to relay_inbox, relay_loader;
grant insert (connection, source, headers, body) on inbox.events to relay_inbox;
grant select, delete on inbox.events to relay_loader;
