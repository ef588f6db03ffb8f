{{ landed_versions('ashby', 'candidates') }}
