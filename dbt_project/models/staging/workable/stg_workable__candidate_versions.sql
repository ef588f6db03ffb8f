{{ landed_versions('workable', 'candidates') }}
