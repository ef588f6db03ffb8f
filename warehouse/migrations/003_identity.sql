-- Keys of halves of values, by which typing errors are found, and groups of companies.

alter table vault.identity_keys drop constraint identity_keys_kind_check;
alter table vault.identity_keys add constraint identity_keys_kind_check check (
    kind in (
        'email', 'email_head', 'email_tail',
        'phone', 'phone_head', 'phone_tail',
        'name', 'name_head', 'name_tail',
        'kana', 'birth_date'
    )
);

-- Companies of one group_id share their people; null: the company stands alone.
alter table landing.companies add column group_id text;
