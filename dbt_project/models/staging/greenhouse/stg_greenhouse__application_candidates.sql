{{ landed_owners('greenhouse', 'applications', 'candidate_id') }}
