{{ landed_versions('greenhouse', 'candidates') }}
