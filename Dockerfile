# The pipeline and its Airflow in one image; docker-compose.yml runs each service from it.
FROM python:3.11-slim-bookworm

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/relay \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    RELAY_HOME=/var/lib/relay \
    AIRFLOW_HOME=/var/lib/relay/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/relay/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    AIRFLOW__COSMOS__ENABLE_TELEMETRY=False \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    GX_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1

WORKDIR /opt/relay
COPY requirements.lock ./
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

COPY . ./
# The transform DAG is drawn from this manifest; parsing needs no database.
RUN dbt parse --project-dir dbt_project --profiles-dir dbt_project \
    && groupadd --gid 50000 relay \
    && useradd --uid 50000 --gid relay --create-home relay \
    && mkdir -p /var/lib/relay \
    && chown -R relay:relay /var/lib/relay dbt_project
USER relay
VOLUME /var/lib/relay
CMD ["airflow", "version"]
