{{ landed_versions('google_forms', 'responses') }}
