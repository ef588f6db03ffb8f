"""The way to change the HMAC key that the operations page gives does what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import warehouse
from extractors.config import load
from extractors.errors import ConfigError
from extractors.identity import identity_keys
from extractors.land import Landing
from extractors.registry import SOURCES
from extractors.stream import Fields, Page
from tests.docs.pages import README, ROOT, blocks

CANDIDATES: list[Fields] = [
    {
        "id": number,
        "updated_at": "2026-06-01T00:00:00Z",
        "last_name": "髙橋",
        "first_name": "花子",
        "email_addresses": [{"value": f"hanako{number}@example.com"}],
        "phone_numbers": [{"value": "090-1234-5678"}],
    }
    for number in (1, 2)
]
OLD, NEW = "old key", "new key"


def _program() -> str:
    text = next(
        block.text
        for block in blocks(ROOT / "docs" / "operations.md")
        if "delete from vault.identity_keys" in block.text
    )
    found = re.search(r"<<'EOF'\n(.*)^EOF$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def _land(run_id: str) -> None:
    connection = load().connections[0]
    stream = SOURCES["greenhouse"].stream("candidates").bound(connection.options)
    with Landing(
        warehouse.url("relay_loader"),
        connection=connection,
        source="greenhouse",
        stream=stream,
        run_id=run_id,
    ) as landing:
        landing.land([Page(CANDIDATES)], {"until": "2026-06-02T00:00:00Z"})


def _keys() -> set[tuple[str, str, str]]:
    with warehouse.connect(autocommit=True) as session:
        return set(
            session.execute("select record_id, kind, key from vault.identity_keys").fetchall()
        )


def _made_with(key: str) -> set[tuple[str, str, str]]:
    identity = SOURCES["greenhouse"].stream("candidates").identity
    assert identity is not None
    return {
        (str(record["id"]), *pair)
        for record in CANDIDATES
        for pair in identity_keys(identity(record), key.encode())
    }


def test_rekeying(warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "relay.toml"
    config.write_text(blocks(README, "toml")[0].text, "utf-8")
    monkeypatch.setenv("RELAY_CONFIG", str(config))
    monkeypatch.setenv("RELAY_HMAC_KEY", OLD)
    _land("first")
    assert _keys() == _made_with(OLD)
    connection = load().connections[0]
    erased = {("3", "email", "~1"), ("1", "email", "~1")}
    with warehouse.connect(autocommit=True) as session:
        for record_id, kind, opaque in erased:
            session.execute(
                "insert into vault.identity_keys"
                " values (%s, 'greenhouse', 'candidates', %s, '', %s, %s)",
                [connection.name, record_id, kind, opaque],
            )

    monkeypatch.setenv("RELAY_HMAC_KEY", NEW)
    with pytest.raises(ConfigError, match="HMAC key"):
        _land("refused")
    subprocess.run(
        [sys.executable, "-"], input=_program(), text=True, cwd=ROOT, env=os.environ, check=True
    )
    assert _keys() == _made_with(NEW) | erased
    _land("second")
    assert _keys() == _made_with(NEW) | erased
