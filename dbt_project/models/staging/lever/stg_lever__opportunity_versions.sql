{{ landed_versions('lever', 'opportunities') }}
