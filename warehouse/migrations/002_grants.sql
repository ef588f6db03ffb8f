-- Who may do what. Raw schemas get the same treatment when they are made (warehouse/raw.py).

create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;
create schema if not exists seeds;

-- dbt builds as relay_transformer, so what it builds into belongs to it.
alter schema staging owner to relay_transformer;
alter schema intermediate owner to relay_transformer;
alter schema marts owner to relay_transformer;
alter schema seeds owner to relay_transformer;

-- The loader never reads the vault: keys go in, joins over them belong to the transformer.
grant usage on schema landing, gate, vault to relay_loader;
grant select, insert, update, delete on all tables in schema landing, gate to relay_loader;
revoke insert, update, delete on landing.migrations from relay_loader;
grant insert on all tables in schema vault to relay_loader;

grant usage on schema landing, gate, vault to relay_transformer;
grant select on all tables in schema landing, gate, vault to relay_transformer;

-- Tables made by later migrations.
alter default privileges in schema landing, gate
    grant select, insert, update, delete on tables to relay_loader;
alter default privileges in schema landing, gate, vault
    grant select on tables to relay_transformer;
alter default privileges in schema vault grant insert on tables to relay_loader;

grant usage on schema staging, marts to relay_analyst;
grant usage on schema marts to relay_bi;

-- Tables and views that dbt makes, drops and makes again.
alter default privileges for role relay_transformer in schema staging, marts
    grant select on tables to relay_analyst;
alter default privileges for role relay_transformer in schema marts
    grant select on tables to relay_bi;
