-- Mails of people who are erased stay theirs. Where nobody but the provider tells of a mail, the
-- recipient's address says whose it was, and nothing is left of that. So each address by which the
-- last build knew mails of an application becomes a random number, of the person's record and of
-- these mails' events, beside what landing.erase makes of it, which comes after this in the same
-- transaction. A mail that no build has seen yet shares one value only, as anybody's may.
create function landing.keep_mails(
    p_connection text,
    p_source text,
    p_stream text,
    p_record_ids text[]
) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = on
set enable_bitmapscan = on
as $$
begin
    if to_regclass('intermediate.int_mails_evented') is null
        or to_regclass('intermediate.int_mail_events_unioned') is null
        or to_regclass('intermediate.int_applications_unioned') is null
        or to_regclass('intermediate.int_candidates_unioned') is null
    then
        return;
    end if;
    execute $sql$
        with mailed as (
            select distinct mine.record_id, mine.key, events.connection, events.source,
                theirs.stream, events.record_id as event_id
            from intermediate.int_candidates_unioned as people
            inner join intermediate.int_applications_unioned as applications
                on people.candidate_id = applications.candidate_id
            inner join intermediate.int_mails_evented as mails
                on applications.application_id = mails.application_id
            inner join intermediate.int_mail_events_unioned as events
                on mails.connection = events.connection
                    and mails.mail_id = events.connection || ':' || events.message_key
            inner join vault.identity_keys as mine
                on people.connection = mine.connection and people.source = mine.source
                    and people.stream = mine.stream and people.record_id = mine.record_id
            inner join vault.identity_keys as theirs
                on events.connection = theirs.connection and events.source = theirs.source
                    and events.record_id = theirs.record_id and mine.key = theirs.key
            where people.connection = $1 and people.source = $2 and people.stream = $3
                and people.record_id = any($4)
                and mine.kind = 'email' and mine.key not like '~%'
                and theirs.stream = 'events' and theirs.kind = 'email'
        ),

        numbered as (
            select record_id, key, '~' || replace(gen_random_uuid()::text, '-', '') as opaque
            from (select distinct record_id, key from mailed) as addresses
        )

        insert into vault.identity_keys
        select $1, $2, $3, record_id, ''::bytea, 'email', opaque from numbered
        union all
        select mailed.connection, mailed.source, mailed.stream, mailed.event_id, ''::bytea,
            'email', numbered.opaque
        from mailed
        inner join numbered using (record_id, key)
    $sql$ using p_connection, p_source, p_stream, p_record_ids;
end;
$$;

revoke all on function landing.keep_mails from public;
grant execute on function landing.keep_mails to relay_loader;
