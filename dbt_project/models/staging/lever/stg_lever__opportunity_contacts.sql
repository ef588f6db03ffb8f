{{ landed_owners('lever', 'opportunities', 'contact') }}
