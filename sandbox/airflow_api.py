"""The few calls of Airflow's REST API (v2) that the services and the demo need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import requests

TIMEOUT = 30.0


class AirflowApi:
    """A logged-in client. Raises requests.RequestException if Airflow does not answer."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self._session = requests.Session()
        answer = self._session.post(
            f"{url}/auth/token", json={"username": user, "password": password}, timeout=TIMEOUT
        )
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def dags(self) -> list[dict[str, Any]]:
        """Every DAG that is known and not stale."""
        return list(self._call("GET", "/dags?limit=1000")["dags"])

    def import_errors(self) -> list[str]:
        """The last line of each DAG file's error."""
        found = self._call("GET", "/importErrors?limit=100")["import_errors"]
        return [f"{one['filename']}: {one['stack_trace'].strip()}" for one in found]

    def set_paused(self, dag_id: str, paused: bool) -> None:
        """Pause or unpause a DAG."""
        self._call("PATCH", f"/dags/{dag_id}", {"is_paused": paused})

    def set_pools(self, slots: dict[str, int]) -> None:
        """Make or update pools."""
        action = {
            "action": "create",
            "action_on_existence": "overwrite",
            "entities": [{"name": name, "slots": count} for name, count in slots.items()],
        }
        answer = self._call("PATCH", "/pools", {"actions": [action]})
        if errors := answer["create"]["errors"]:
            raise requests.RequestException(f"PATCH /pools: {errors}")

    def trigger(self, dag_id: str, run_id: str) -> None:
        """Start a run under that id."""
        body: dict[str, Any] = {"dag_run_id": run_id, "logical_date": None, "conf": {}}
        self._call("POST", f"/dags/{dag_id}/dagRuns", body)

    def run_states(self, dag_ids: Iterable[str], run_id: str) -> dict[str, str]:
        """The state of each DAG's run of that id."""
        body = {"dag_ids": list(dag_ids), "page_limit": 1000}
        runs = self._call("POST", "/dags/~/dagRuns/list", body)["dag_runs"]
        return {run["dag_id"]: run["state"] for run in runs if run["dag_run_id"] == run_id}

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Every run of a DAG."""
        return list(self._call("GET", f"/dags/{dag_id}/dagRuns?limit=1000")["dag_runs"])

    def queued_assets(self, dag_id: str) -> int:
        """How many assets have new events that the DAG has yet to answer."""
        try:
            return int(self._call("GET", f"/dags/{dag_id}/assets/queuedEvents")["total_entries"])
        except requests.HTTPError as error:
            if (
                error.response is not None
                and error.response.status_code == requests.codes.not_found
            ):
                return 0
            raise

    def backfill(self, dag_id: str, since: str, until: str) -> None:
        """Run a DAG for the times of its schedule between two ISO times."""
        body = {"dag_id": dag_id, "from_date": since, "to_date": until, "dag_run_conf": {}}
        self._call("POST", "/backfills", body)

    def tasks(self, dag_ids: Iterable[str], run_id: str) -> list[dict[str, Any]]:
        """The task instances of those DAGs' runs of that id."""
        body = {"dag_ids": list(dag_ids), "dag_run_ids": [run_id], "page_limit": 1000}
        return list(
            self._call("POST", "/dags/~/dagRuns/~/taskInstances/list", body)["task_instances"]
        )

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._session.request(
            method, f"{self._url}/api/v2{path}", json=body, timeout=TIMEOUT
        )
        if not answer.ok:
            raise requests.HTTPError(
                f"{method} {path}: HTTP {answer.status_code} {answer.text[:300]}", response=answer
            )
        return answer.json()
