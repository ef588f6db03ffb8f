-- Erasing what is personal of records, their history included, and the record of who asked for it.

create table landing.erasures (
    erasure_id bigint generated always as identity primary key,
    connection text not null,
    source text not null,
    stream text not null,
    record_id text not null,
    reason text not null check (reason in ('anonymised', 'deleted', 'requested')),
    requested_by text not null,
    erased_at timestamptz not null default now(),
    versions bigint not null,
    keys bigint not null
);

create index erasures_record on landing.erasures (connection, stream, record_id);

-- Written by the function alone: what was erased, and when, nobody rewrites.
revoke insert, update, delete on landing.erasures from relay_loader;

-- Erases records of one stream in the caller's transaction. The payloads (by seq) are the versions
-- as they shall be kept, without what is personal; their hashes, which could confirm a guess of what
-- stood there, become random numbers wherever they stand.
--
-- The keys of a record become random numbers, too ('~...', of no version: payload_hash is empty). One
-- that a record of the same person has as well is given to that record beside its own, so that the
-- two stay linked although nothing of the value is left. Records of the same person are those
-- that the last build made one, and those that share two identifying values.
create function landing.erase(
    p_connection text,
    p_source text,
    p_stream text,
    p_record_ids text[],
    p_seqs bigint[],
    p_payloads text[],
    p_reason text,
    p_requested_by text
) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = on
set enable_bitmapscan = on
as $$
declare
    raw_table constant text := format('%I.%I', 'raw_' || p_source, p_stream);
    linking constant text[] := array['email', 'phone', 'name', 'kana', 'birth_date'];
    one record;
    secret record;
    staged text;
    opaque text;
    given bigint;
    keys_erased bigint;
    versions_erased bigint;
    erased bigint := 0;
begin
    create temporary table if not exists erasing_hashes (
        record_id text, old_hash bytea, new_hash bytea
    ) on commit drop;
    create temporary table if not exists erasing_neighbours (
        erased_id text, connection text, source text, stream text, record_id text
    ) on commit drop;
    truncate pg_temp.erasing_hashes, pg_temp.erasing_neighbours;

    insert into pg_temp.erasing_neighbours
    select mine.record_id, theirs.connection, theirs.source, theirs.stream, theirs.record_id
    from vault.identity_keys as mine
    inner join vault.identity_keys as theirs
        on mine.kind = theirs.kind and mine.key = theirs.key
    where mine.connection = p_connection and mine.source = p_source and mine.stream = p_stream
        and mine.record_id = any(p_record_ids) and mine.kind = any(linking)
        and (theirs.connection, theirs.source, theirs.stream, theirs.record_id)
        <> (mine.connection, mine.source, mine.stream, mine.record_id)
    group by 1, 2, 3, 4, 5
    having count(distinct mine.kind) >= 2;

    if to_regclass('intermediate.int_persons_resolved') is not null
        and to_regclass('intermediate.int_candidates_unioned') is not null
        and to_regclass('intermediate.int_responses_unioned') is not null
    then
        execute $sql$
            with records as (
                select 'c:' || candidate_id as node_key, connection, source, stream, record_id
                from intermediate.int_candidates_unioned
                union all
                select 'r:' || response_id, connection, source, stream, record_id
                from intermediate.int_responses_unioned
            )
            insert into pg_temp.erasing_neighbours
            select mine.record_id, theirs.connection, theirs.source, theirs.stream,
                theirs.record_id
            from records as mine
            inner join intermediate.int_persons_resolved as my_person
                on mine.node_key = my_person.node_key
            inner join intermediate.int_persons_resolved as their_person
                on my_person.programme_person_id = their_person.programme_person_id
            inner join records as theirs on their_person.node_key = theirs.node_key
            where mine.connection = $1 and mine.source = $2 and mine.stream = $3
                and mine.record_id = any($4)
                and (theirs.connection, theirs.source, theirs.stream, theirs.record_id)
                <> (mine.connection, mine.source, mine.stream, mine.record_id)
            except select * from pg_temp.erasing_neighbours
        $sql$ using p_connection, p_source, p_stream, p_record_ids;
    end if;

    execute format(
        'insert into pg_temp.erasing_hashes
        select record_id, payload_hash, decode(replace(gen_random_uuid()::text, ''-'', ''''), ''hex'')
        from %s where connection = $1 and seq = any($2) group by record_id, payload_hash',
        raw_table
    ) using p_connection, p_seqs;

    for one in select distinct record_id from unnest(p_record_ids) as listed (record_id) order by 1
    loop
        keys_erased := 0;
        for secret in
            select distinct v.kind, v.key
            from vault.identity_keys as v
            where v.connection = p_connection and v.source = p_source and v.stream = p_stream
                and v.record_id = one.record_id and v.key not like '~%'
            order by 1, 2
        loop
            keys_erased := keys_erased + 1;
            opaque := '~' || replace(gen_random_uuid()::text, '-', '');
            if secret.kind = 'network' then
                -- a burst is over long before: whoever was part of it stays so
                update vault.identity_keys set key = opaque
                where kind = 'network' and key = secret.key;
                continue;
            end if;
            continue when not secret.kind = any(linking);
            insert into vault.identity_keys
            select distinct n.connection, n.source, n.stream, n.record_id, ''::bytea,
                secret.kind, opaque
            from pg_temp.erasing_neighbours as n
            inner join vault.identity_keys as v
                on v.connection = n.connection and v.source = n.source and v.stream = n.stream
                    and v.record_id = n.record_id and v.kind = secret.kind and v.key = secret.key
            where n.erased_id = one.record_id;
            get diagnostics given = row_count;
            if given > 0 or not exists (
                select from vault.identity_keys as v
                where v.connection = p_connection and v.source = p_source
                    and v.stream = p_stream and v.record_id = one.record_id
                    and v.kind = secret.kind and v.key like '~%'
            ) then
                insert into vault.identity_keys values (
                    p_connection, p_source, p_stream, one.record_id, ''::bytea, secret.kind, opaque
                );
            end if;
        end loop;
        delete from vault.identity_keys as v
        where v.connection = p_connection and v.source = p_source and v.stream = p_stream
            and v.record_id = one.record_id and v.key not like '~%';
        select count(*) into versions_erased from pg_temp.erasing_hashes as h
        where h.record_id = one.record_id;
        if keys_erased > 0 or versions_erased > 0 or (
            p_reason = 'requested' and not exists (
                select from landing.erasures as e
                where e.connection = p_connection and e.stream = p_stream
                    and e.record_id = one.record_id and e.reason = 'requested'
            )
        ) then
            erased := erased + 1;
            insert into landing.erasures (
                connection, source, stream, record_id, reason, requested_by, versions, keys
            ) values (
                p_connection, p_source, p_stream, one.record_id, p_reason, p_requested_by,
                versions_erased, keys_erased
            );
        end if;
    end loop;

    update vault.identity_keys as v set payload_hash = h.new_hash
    from pg_temp.erasing_hashes as h
    where v.connection = p_connection and v.source = p_source and v.stream = p_stream
        and v.record_id = h.record_id and v.payload_hash = h.old_hash;
    update gate.quarantine as q set payload_hash = h.new_hash
    from pg_temp.erasing_hashes as h
    where q.connection = p_connection and q.stream = p_stream
        and q.record_id = h.record_id and q.payload_hash = h.old_hash;
    for staged in
        select c.relname
        from pg_class as c
        inner join pg_namespace as s on c.relnamespace = s.oid
        inner join pg_attribute as a on c.oid = a.attrelid
        where s.nspname = 'staging' and c.relkind = 'r' and a.attname = 'payload_hash'
            and starts_with(c.relname, 'stg_' || p_source || '__')
    loop
        execute format(
            'update staging.%I as t set payload_hash = h.new_hash
            from pg_temp.erasing_hashes as h
            where t.connection = $1 and t.record_id = h.record_id and t.payload_hash = h.old_hash',
            staged
        ) using p_connection;
    end loop;
    execute format(
        'update %s as r set payload = k.payload::jsonb, payload_hash = h.new_hash
        from unnest($2, $3) as k (seq, payload), pg_temp.erasing_hashes as h
        where r.connection = $1 and r.seq = k.seq
            and h.record_id = r.record_id and h.old_hash = r.payload_hash',
        raw_table
    ) using p_connection, p_seqs, p_payloads;
    return erased;
end;
$$;

revoke all on function landing.erase from public;
grant execute on function landing.erase to relay_loader;
