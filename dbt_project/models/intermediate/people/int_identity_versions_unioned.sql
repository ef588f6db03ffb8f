{#-
    Every version of the records that have identity keys: one line per list of
    persons.
-#}
with

unioned as (
    {{ union_people([
        ["stg_greenhouse__candidate_versions", "candidates"],
        ["int_lever__identity_versions", "opportunities"],
        ["stg_ashby__candidate_versions", "candidates"],
        ["stg_workable__candidate_versions", "candidates"],
        ["stg_herp__candidacy_versions", "candidacies"],
        ["stg_talentio__candidate_versions", "candidates"],
        ["stg_files__application_versions", "applications"],
        ["stg_typeform__response_versions", "responses_completed"],
        ["stg_google_forms__response_versions", "responses"],
        ["stg_tally__submission_versions", "submissions"],
    ]) }}
)

select * from unioned
