"""relay.toml and credentials that point the pipeline at a sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sandbox.ats import ATS
from sandbox.store import Account, accounts, open_truth, open_world
from sandbox.world_time import START, tokyo_date

RELAY_TOML = "relay.toml"


def write_config(home: Path, url: str) -> Path:
    """Write `<home>/relay.toml` with every company and connection of the world there.

    `url` is the running server's address; it stands in the credentials, not in the file, and is
    only named in its first line. Raises NoWorldError before ``make``.
    """
    with closing(open_truth(home)) as truth:
        companies = truth.execute(
            "select company_id, name, ats, group_id from company order by rowid"
        ).fetchall()
    lines = [f"# The sandbox at {url}", "[programme]", 'timezone = "Asia/Tokyo"']
    for company_id, name, _, group in companies:
        lines += ["", "[[companies]]", f"id = {_toml(company_id)}", f"name = {_toml(name)}"]
        lines += [f"group = {_toml(group)}"] if group else []
    for number, (company_id, _, ats, _) in enumerate(companies):
        for name, options in _sources(home, company_id, ats, number):
            source = ATS[name].source if name in ATS else name
            lines += _connection(f"{company_id}_{name}", company_id, source, options)
    path = home / RELAY_TOML
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def connections_env(home: Path, url: str) -> dict[str, str]:
    """AIRFLOW_CONN_* variables (JSON) of every connection of the world behind `url`."""
    with closing(open_world(home)) as world:
        known = accounts(world)
    values = {account.account: _credentials(account, url.rstrip("/")) for account in known}
    for company_id in sorted({account.company_id for account in known}):
        values[f"{company_id}_operator"] = {"conn_type": "generic"}
    return {
        f"AIRFLOW_CONN_{name.upper()}": json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
    }


def _sources(
    home: Path, company_id: str, ats: str, number: int
) -> Iterator[tuple[str, dict[str, str]]]:
    """What reads a company's records: an ATS or another source, with its options."""
    start = tokyo_date(START)
    if ATS[ats].export:
        exports = (home / "exports" / f"{company_id}_{ats}").resolve()
        mapping = exports / "mapping.toml"
        named = str(mapping) if mapping.exists() else ats
        yield ats, {"path": _toml(str(exports)), "mapping": _toml(named)}
    else:
        yield ats, {"start_date": start, **ATS[ats].options(number)}
    yield "typeform", {"start_date": start}
    folder = (home / "operator" / company_id).resolve()
    yield "operator", {"path": _toml(str(folder))}


def _connection(name: str, company_id: str, source: str, options: dict[str, str]) -> list[str]:
    return [
        "",
        "[[connections]]",
        f"name = {_toml(name)}",
        f"company = {_toml(company_id)}",
        f"source = {_toml(source)}",
        f"conn_id = {_toml(name)}",
        "[connections.options]",
        *(f"{option} = {value}" for option, value in options.items()),
    ]


def _credentials(account: Account, url: str) -> dict[str, Any]:
    if account.vendor in ATS:
        return ATS[account.vendor].credentials(account, url)
    return {
        "conn_type": "http",
        "host": f"{url}/typeform",
        "password": account.secret,
        "extra": {"form_id": account.form_id},
    }


def _toml(text: str) -> str:
    """A TOML basic string."""
    return json.dumps(text, ensure_ascii=False)
