{{ landed_owners('ashby', 'applications', 'candidateId') }}
