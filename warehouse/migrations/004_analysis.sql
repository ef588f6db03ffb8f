-- What Python computes from the intermediate layer after dbt; the marts show it through views.

create schema if not exists analysis;

create table analysis.registration_coefficients (
    company_id text not null,
    attribute text not null,
    value text not null,
    status text not null check (
        status in ('fitted', 'reference', 'constant', 'collinear', 'left_out', 'not_identified')
    ),
    reason text,
    applications bigint not null,
    coefficient double precision,
    std_error double precision,
    lower double precision,
    upper double precision,
    p_value double precision,
    odds_ratio double precision,
    odds_ratio_lower double precision,
    odds_ratio_upper double precision,
    fitted_at timestamptz not null,
    primary key (company_id, attribute, value)
);

create table analysis.registration_adjusted (
    company_id text not null,
    attribute text not null,
    value text not null,
    adjusted_rate double precision not null,
    std_error double precision not null,
    lower double precision not null,
    upper double precision not null,
    fitted_at timestamptz not null,
    primary key (company_id, attribute, value)
);

grant usage on schema analysis to relay_transformer;
grant select, insert, update, delete on all tables in schema analysis to relay_transformer;
alter default privileges in schema analysis
    grant select, insert, update, delete on tables to relay_transformer;
