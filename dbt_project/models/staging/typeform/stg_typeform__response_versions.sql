{{ landed_versions('typeform', 'responses_completed') }}
