"""What the marts need and SQL cannot compute: models fitted after dbt, read back through views."""
