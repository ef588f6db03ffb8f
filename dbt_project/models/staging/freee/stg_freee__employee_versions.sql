{{ config(meta={"keeps_deleted": true}) }}

{{ landed_versions('freee', 'employees') }}
