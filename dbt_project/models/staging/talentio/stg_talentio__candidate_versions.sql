{{ landed_versions('talentio', 'candidates') }}
