-- The kinds of keys are the vocabulary of extractors/identity.py, which grows: the network that a
-- form was opened from is one now. Here only the shape of the word is held.

alter table vault.identity_keys drop constraint identity_keys_kind_check;
alter table vault.identity_keys add constraint identity_keys_kind_check check (
    kind ~ '^[a-z]+(_[a-z]+)*$'
);
