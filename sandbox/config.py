"""relay.toml and credentials that point the pipeline at a sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sandbox import webhooks as hooks
from sandbox.ats import ATS
from sandbox.forms import FORMS
from sandbox.mail import PROVIDERS
from sandbox.store import Account, accounts, open_truth, open_world
from sandbox.world_hr_records import HR
from sandbox.world_time import START, tokyo_date

RELAY_TOML = "relay.toml"
_TAKEN = "webhooks = true"


def write_config(home: Path, url: str, *, webhooks: bool | None = None) -> Path:
    """Write `<home>/relay.toml` with every company and connection of the world there.

    `url` is the running server's address; it stands in the credentials, not in the file, and is
    only named in its first line. `webhooks`: whether the inbox takes them for the vendors that send
    some; None leaves it as the file there has it. Raises NoWorldError before ``make``.
    """
    path = home / RELAY_TOML
    if webhooks is None:
        webhooks = path.exists() and _TAKEN in path.read_text("utf-8")
    with closing(open_truth(home)) as truth:
        companies = truth.execute(
            "select company_id, name, ats, group_id from company order by rowid"
        ).fetchall()
    with closing(open_world(home)) as world:
        known = accounts(world)
    lines = [f"# The sandbox at {url}", "[programme]", 'timezone = "Asia/Tokyo"']
    for company_id, name, _, group in companies:
        lines += ["", "[[companies]]", f"id = {_toml(company_id)}", f"name = {_toml(name)}"]
        lines += [f"group = {_toml(group)}"] if group else []
    forms = {account.company_id: account for account in known if account.vendor in FORMS}
    for number, (company_id, _, ats, _) in enumerate(companies):
        own = [account for account in known if account.company_id == company_id]
        for name, options in _sources(home, forms[company_id], ats, number, own):
            source = ATS[name].source if name in ATS else name
            lines += _connection(f"{company_id}_{name}", company_id, source, options)
            lines += [_TAKEN] if webhooks and source in hooks.SENDERS else []
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def connections_env(home: Path, url: str) -> dict[str, str]:
    """AIRFLOW_CONN_* variables (JSON) of every connection of the world behind `url`."""
    with closing(open_world(home)) as world:
        known = accounts(world)
    values = {account.account: _credentials(account, url.rstrip("/")) for account in known}
    for account in known:
        if account.vendor in hooks.SENDERS:
            extra = values[account.account].setdefault("extra", {})
            extra["webhook_secret"] = hooks.secret(account)
    for company_id in sorted({account.company_id for account in known}):
        values[f"{company_id}_operator"] = {"conn_type": "generic"}
    return {
        f"AIRFLOW_CONN_{name.upper()}": json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
    }


def _sources(
    home: Path, form: Account, ats: str, number: int, own: list[Account]
) -> Iterator[tuple[str, dict[str, str]]]:
    """What reads a company's records, which ``form`` belongs to, with its options."""
    start = tokyo_date(START)
    if ATS[ats].export:
        exports = (home / "exports" / f"{form.company_id}_{ats}").resolve()
        mapping = exports / "mapping.toml"
        named = str(mapping) if mapping.exists() else ats
        yield ats, {"path": _toml(str(exports)), "mapping": _toml(named)}
    else:
        yield ats, {"start_date": start, **ATS[ats].options(number)}
    yield form.vendor, {"start_date": start, **FORMS[form.vendor].options(form)}
    folder = (home / "operator" / form.company_id).resolve()
    yield "operator", {"path": _toml(str(folder))}
    for account in own:
        if account.vendor in PROVIDERS:
            yield account.vendor, PROVIDERS[account.vendor].options(account)
        if account.vendor in HR:
            yield account.vendor, HR[account.vendor].options(account)


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
    if account.vendor in PROVIDERS:
        return PROVIDERS[account.vendor].credentials(account, url)
    if account.vendor in HR:
        return HR[account.vendor].credentials(account, url)
    return FORMS[account.vendor].credentials(account, url)


def _toml(text: str) -> str:
    """A TOML basic string."""
    return json.dumps(text, ensure_ascii=False)
