"""The small world of the vendors' simulators, read by the product's own code.

`home` has fresh rows and no fault for every test; the server of the module shows every commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from extractors import credentials
from extractors.registry import SOURCES
from extractors.stream import Batch, Connection, Record, Scan, State
from sandbox import faults, store
from tests.sandbox.small_world import FORM, HARVEST, fill

FIRST_DAY = "2026-01-01"


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    fill(running[0])
    return running[0]


@pytest.fixture
def setting(home: Path) -> Callable[[str, object], None]:
    """Sets one key of the sandbox's meta."""

    def write(key: str, value: object) -> None:
        with store.transaction(store.open_world(home)) as world:
            store.set_meta(world, key, str(value))

    return write


@pytest.fixture
def login(running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a connection's credentials into the environment, parts of them replaced."""
    url = running[1]
    stored: dict[str, dict[str, Any]] = {
        HARVEST.account: {
            "host": f"{url}/greenhouse",
            "login": HARVEST.client_id,
            "password": HARVEST.secret,
            "extra": {"token_url": f"{url}/greenhouse/token"},
        },
        FORM.account: {
            "host": f"{url}/typeform",
            "password": FORM.secret,
            "extra": {"form_id": FORM.form_id},
        },
    }

    def put(conn_id: str, **parts: Any) -> None:
        text = orjson.dumps(stored[conn_id] | parts).decode()
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", text)

    for conn_id in stored:
        put(conn_id)
    return put


@dataclass
class Vendor:
    """One source read against the small world, without a warehouse."""

    home: Path
    source: str
    account: str
    notices: list[str] = field(default_factory=list)
    shared: dict[str, Any] = field(default_factory=dict)

    def connection(self, **options: Any) -> Connection:
        model = SOURCES[self.source].options_model
        return Connection(
            name=self.account,
            company="aozora",
            source=self.source,
            conn_id=self.account,
            options=model.model_validate({"start_date": FIRST_DAY, **options}),
        )

    def scan(
        self,
        stream: str,
        state: State | None = None,
        parents: Sequence[str] = (),
        **options: Any,
    ) -> Scan:
        """A scan; ``parents`` are those that changed, at the positions 1, 2 and so on."""
        connection = self.connection(**options)
        known = list(enumerate(parents, 1))
        return Scan(
            connection=connection,
            stream=SOURCES[self.source].stream(stream).bound(connection.options),
            state=state,
            credentials=lambda: credentials.resolve(self.account),
            notice=self.notices.append,
            changed=lambda _, after, limit: [row for row in known if row[0] > after][:limit],
            shared=self.shared,
        )

    def batches(self, scan: Scan) -> list[tuple[Batch, list[Record]]]:
        """Every batch of a scan with its records."""
        reader = SOURCES[self.source].reader
        return [
            (batch, [record for page in batch.pages for record in page.records])
            for batch in reader.batches(scan)
        ]

    def records(self, stream: str, state: State | None = None, **options: Any) -> list[Record]:
        found = self.batches(self.scan(stream, state, **options))
        return [record for _, records in found for record in records]

    def fault(self, stream: str, kind: str, times: int | None = 1, **params: Any) -> None:
        """Order a fault; ``after`` counts the requests that stay good (the first is the probe)."""
        faults.inject(self.home, self.source, stream, kind, times, **params)


@pytest.fixture
def harvest(home: Path, login: Callable[..., None]) -> Vendor:
    return Vendor(home, "greenhouse", HARVEST.account)


@pytest.fixture
def form(home: Path, login: Callable[..., None]) -> Vendor:
    return Vendor(home, "typeform", FORM.account)
