"""The Airflow of one machine: its settings, secrets and files, all under RELAY_HOME/airflow.

LocalExecutor with four slots, one API worker, everything on 127.0.0.1. The only account is `relay`
with a generated password; see `Airflow.password_file`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import warehouse
from sandbox.processes import ROOT, current_environment
from warehouse import dbt
from warehouse.secret_store import secret

HOST = "127.0.0.1"
USER = "relay"
NO_TELEMETRY = {
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "SCARF_ANALYTICS": "false",
    "SCARF_NO_ANALYTICS": "true",
}
LIGHT = {
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__API__WORKERS": "1",
    "AIRFLOW__API__MAXIMUM_PAGE_LIMIT": "1000",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
    # Only for retries of the dbt task, which there are none; it writes a Variable at every event.
    "AIRFLOW__COSMOS__ENABLE_WATCHER_RELIABLE_RETRY": "False",
    "AIRFLOW__COSMOS__ENABLE_ORJSON_PARSER": "True",
    "AIRFLOW__COSMOS__ENABLE_MEMORY_OPTIMISED_IMPORTS": "True",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
    # A supervisor that misses its task's end waits this long before it looks again. The default of
    # 5 s befell about half of all tasks here and kept a slot busy that long for nothing.
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
}


@dataclass(frozen=True, slots=True)
class Airflow:
    """The Airflow of `home`, answering on `port`."""

    home: Path
    port: int

    @property
    def root(self) -> Path:
        return self.home / "airflow"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def password_file(self) -> Path:
        """{"relay": password}, readable by this user only."""
        return self.root / "passwords.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def write_password(self) -> str:
        """Make the password file if there is none; returns the password."""
        self.root.mkdir(parents=True, exist_ok=True)
        known = secret(self.home, "airflow_page_password")
        if not self.password_file.exists():
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(self.password_file, flags, 0o600), "w") as file:
                json.dump({USER: known}, file)
        return known

    def environment(self, sources: Iterable[str] = ()) -> dict[str, str]:
        """The whole environment of Airflow's processes, for connections of these sources; holds
        secrets."""
        return {
            **current_environment(),
            **NO_TELEMETRY,
            **LIGHT,
            **self._paths(),
            **self._secrets(),
            **dbt.environment(sources),
            "AIRFLOW__API__HOST": HOST,
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple."
            "simple_auth_manager.SimpleAuthManager",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
        }

    def _paths(self) -> dict[str, str]:
        return {
            "RELAY_HOME": str(self.home),
            "RELAY_DBT_MANIFEST": str(manifest(self.home)),
            "AIRFLOW_HOME": str(self.root),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.password_file),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.logs),
            "AIRFLOW__COSMOS__CACHE_DIR": str(self.root / "cosmos"),
        }

    def _secrets(self) -> dict[str, str]:
        database = warehouse.ensure_database("airflow")
        fernet = hashlib.sha256(secret(self.home, "airflow_fernet").encode()).digest()
        return {
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2"
            + database.removeprefix(urlsplit(database).scheme),
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(fernet).decode(),
            "AIRFLOW__API_AUTH__JWT_SECRET": secret(self.home, "airflow_jwt_secret") * 2,
            "AIRFLOW__API__SECRET_KEY": secret(self.home, "airflow_api_secret"),
        }


def manifest(home: Path) -> Path:
    """dbt's manifest: where Cosmos looks for the partial parse that is written beside it."""
    return home / "airflow" / "cosmos" / "transform" / "target" / "manifest.json"
