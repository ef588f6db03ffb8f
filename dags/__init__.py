"""The Airflow DAGs: wiring only."""
