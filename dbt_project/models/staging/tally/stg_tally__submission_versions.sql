{{ landed_versions('tally', 'submissions') }}
