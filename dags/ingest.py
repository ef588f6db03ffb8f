"""One Airflow DAG `ingest_<connection>` for each connection of relay.toml.

Nothing here looks at the run's dates: what to read follows from the sync state in the warehouse.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param, TriggerRule, get_parsing_context, task
from airflow.sdk.exceptions import AirflowFailException

from dags.common import NO_RETRY, OWNER, RETRIES, pool, raw_asset, triage
from extractors.config import load
from extractors.run import stream_names
from extractors.stream import Connection

log = logging.getLogger(__name__)

DOC = """
### Reads `{name}` ({source}, company `{company}`) into the raw tables, then checks what landed

`streams` -> `extract`, once per stream -> `gate` -> `verdict`. A stream that fails does not stop
the others: they land, pass the gate and reach the marts, and `verdict` fails the run.

**To read everything again** trigger with `full`; with `streams`, only those. Only rows that
changed are appended. Backfills of past dates are harmless: the dates are not looked at.

{triage}

Held-back records do not fail the run: `python -m expectations status {name}` lists them.
By hand, outside Airflow: `python -m extractors run {name}`, `python -m expectations check {name}`.
"""

TRIAGE = triage(
    (
        "`streams`",
        "the run's `streams` name something that the source does not have; nothing was read",
        "trigger again with the names that its log lists",
    ),
    (
        "`extract` at once",
        "a credential was refused, a permission is missing, or an option is wrong",
        "do what its log says, then clear the task with its downstream tasks",
    ),
    (
        "`extract` after its retries",
        "the vendor or the warehouse could not be reached, or an answer was incomplete; "
        "finished windows are kept",
        "look at the vendor's status page, then clear the task with its downstream tasks",
    ),
    (
        "`gate`",
        "nothing landed, every stream was stopped, or the warehouse is away; nothing new passed",
        "see `extract`, or the gate's page in RELAY_HOME/gate",
    ),
    (
        "only `verdict`",
        "a stream failed, or the gate stopped it; the others are on their way to the marts",
        "its log has one line for each, with the remedy",
    ),
)


def streams_task(connection: Connection) -> Any:
    """The task that decides which streams this run reads."""

    @task(execution_timeout=timedelta(minutes=5), **NO_RETRY)
    def streams(params: dict[str, Any] | None = None) -> list[str]:
        known = stream_names(connection)
        wanted = (params or {}).get("streams") or known
        if unknown := sorted(set(wanted) - set(known)):
            raise AirflowFailException(
                f"{connection.name}: {connection.source} has no stream {', '.join(unknown)}. "
                f"Remedy: trigger again with streams out of: {', '.join(known)}."
            )
        return [name for name in known if name in wanted]

    return streams


def extract_task(connection: Connection) -> Any:
    """The task that reads one stream."""

    @task(
        pool=pool(connection.name),
        map_index_template="{{ task.op_kwargs['stream'] }}",
        execution_timeout=timedelta(hours=6),
        **RETRIES,
    )
    def extract(
        stream: str, params: dict[str, Any] | None = None, run_id: str | None = None
    ) -> dict[str, Any]:
        from extractors.errors import ConfigError, CredentialsError, PermissionMissing, RelayError
        from extractors.run import run_stream

        full = bool((params or {}).get("full"))
        try:
            result = run_stream(connection, stream, full=full, run_id=str(run_id), report=log.info)
        except (ConfigError, CredentialsError, PermissionMissing) as error:
            raise AirflowFailException(str(error)) from None
        except RelayError as error:
            log.error("%s", error)
            raise
        return {"stream": stream, "read": result.read, "landed": result.landed}

    return extract


def gate_task(connection: Connection) -> Any:
    """The task that lets pass what is good of what has landed."""

    @task(
        trigger_rule=TriggerRule.ALL_DONE,
        outlets=[raw_asset(connection.name)],
        execution_timeout=timedelta(hours=1),
        **RETRIES,
    )
    def gate(extracted: Iterable[dict[str, Any] | None], run_id: str | None = None) -> list[str]:
        from expectations import GateError, validate

        landed = [done["stream"] for done in extracted if done]
        if not landed:
            raise AirflowFailException(
                f"{connection.name}: no stream landed, so there is nothing to check. "
                "Remedy: see the logs of extract."
            )
        try:
            report = validate(connection.name, landed, run_id=str(run_id), report=log.info)
        except GateError as error:
            raise AirflowFailException(str(error)) from None
        stopped = [result.message for result in report.stopped]
        if len(stopped) == len(landed):
            raise AirflowFailException("\n".join(stopped))
        return stopped

    return gate


def verdict_task(connection: Connection) -> Any:
    """The task that fails the run if any stream did not get through."""

    @task(trigger_rule=TriggerRule.ALL_DONE, execution_timeout=timedelta(minutes=5), **NO_RETRY)
    def verdict(
        wanted: list[str] | None,
        extracted: Iterable[dict[str, Any] | None],
        stopped: list[str] | None,
    ) -> str:
        landed = {done["stream"] for done in extracted if done}
        lines = [
            f"{connection.name}.{name}: did not land. Remedy: see the log of extract [{name}]."
            for name in wanted or []
            if name not in landed
        ]
        if stopped is None:
            lines.append(f"{connection.name}: gate failed. Remedy: see the log of gate.")
        lines += stopped or []
        if lines:
            raise AirflowFailException("\n".join(lines))
        return f"{len(landed)} streams landed and passed the gate"

    return verdict


def dag_id(connection: Connection) -> str:
    """The id of the connection's DAG."""
    return f"ingest_{connection.name}"


def ingest(connection: Connection) -> DAG:
    """The DAG of one connection.

    Without a start date: a DAG that is unpaused waits for its next time, rather than catching up
    with the last one beside whatever run was triggered by hand.
    """
    with DAG(
        dag_id(connection),
        description=f"{connection.source} of {connection.company} into raw, checked",
        doc_md=DOC.format(
            name=connection.name,
            source=connection.source,
            company=connection.company,
            triage=TRIAGE,
        ),
        schedule=connection.schedule
        and CronTriggerTimetable(
            connection.schedule,
            timezone=connection.timezone,
            # Otherwise a DAG that is switched on within a tenth of the interval after its time
            # runs at once, beside the run that somebody has just triggered.
            run_immediately=timedelta(0),
        ),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=12),
        default_args={"owner": OWNER},
        tags={"ingest", connection.source},
        params={
            "full": Param(
                False,
                type="boolean",
                title="Read everything again",
                description="Ignore the sync state and read from the start; only what changed "
                "is appended.",
            ),
            "streams": Param(
                [],
                type=["null", "array"],
                items={"type": "string"},
                examples=stream_names(connection),
                title="Only these streams",
                description="Empty: all streams of the source.",
            ),
        },
    ) as dag:
        names = streams_task(connection)()
        extracted = extract_task(connection).expand(stream=names)
        verdict_task(connection)(names, extracted, gate_task(connection)(extracted))
    return dag


# A task parses this file too, and needs only its own DAG.
_wanted = get_parsing_context().dag_id
for _connection in load().connections:
    if _wanted in (None, dag_id(_connection)):
        globals()[dag_id(_connection)] = ingest(_connection)
