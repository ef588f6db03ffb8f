"""relay.toml: which accounts of which companies are read, and how. No secret is in it.

Every mistake ends in one ConfigError that names the file, the line, the field and the remedy.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic import field_validator as validates

from extractors.errors import ConfigError
from extractors.registry import SOURCES
from extractors.stream import Connection

DEFAULT_SCHEDULE = "15 3 * * *"
"""Every night at 03:15 in the programme's time zone."""

_CRON = re.compile(r"[\d*/,-]+(\s+[\dA-Za-z*/,#?-]+){4}")
"""Five fields; what stands in them is checked by the scheduler that uses them."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Programme(_Strict):
    """What holds for every company. ``timezone`` decides where days begin."""

    timezone: str = "Asia/Tokyo"

    @validates("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, LookupError):
            raise ValueError("not a time zone of the IANA database, such as Asia/Tokyo") from None
        return name


class Company(_Strict):
    """A company's id, as marts show it, and its name. Companies of one ``group`` (a holding and its
    subsidiaries) also see who is the same person over all of them."""

    id: Name
    name: str = Field(min_length=1)
    group: Name | None = None


class _Connection(_Strict):
    name: Name
    company: Name
    source: str
    conn_id: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    schedule: str | None = DEFAULT_SCHEDULE
    options: dict[str, Any] = Field(default_factory=dict)

    @validates("source")
    @classmethod
    def _is_registered(cls, name: str) -> str:
        if name not in SOURCES:
            raise ValueError(f"no such source; there are {', '.join(sorted(SOURCES))}")
        return name

    @validates("schedule")
    @classmethod
    def _is_cron(cls, text: str | None) -> str | None:
        """None for "" and "none": such a connection only runs by hand."""
        if text is None or text.strip().lower() in ("", "none"):
            return None
        if not _CRON.fullmatch(text.strip()):
            raise ValueError('not a cron expression of five fields, such as "15 3 * * *"')
        return text


class _File(_Strict):
    programme: Programme = Programme()
    companies: tuple[Company, ...] = ()
    connections: tuple[_Connection, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """A checked relay.toml."""

    path: Path
    timezone: str
    companies: tuple[Company, ...]
    connections: tuple[Connection, ...]

    def connection(self, name: str) -> Connection:
        """The connection of that name; ConfigError names those that there are."""
        for connection in self.connections:
            if connection.name == name:
                return connection
        known = ", ".join(connection.name for connection in self.connections) or "none"
        raise ConfigError(f"No connection {name!r} in {self.path}. Remedy: use one of: {known}.")


def config_path() -> Path:
    """RELAY_CONFIG, or relay.toml beside the packages."""
    named = os.environ.get("RELAY_CONFIG")
    return Path(named) if named else Path(__file__).resolve().parent.parent / "relay.toml"


def load(path: Path | None = None) -> Config:
    """Read and check ``path`` (default: config_path()). Raises ConfigError."""
    path = path or config_path()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file. Remedy: create it with at least one [[connections]], "
            "or name another one in RELAY_CONFIG."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: cannot be read as UTF-8 text ({type(error).__name__}). "
            "Remedy: check its permissions and its encoding."
        ) from None
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}. Remedy: correct that line.") from None
    try:
        file = _File.model_validate(parsed)
        return Config(path, file.programme.timezone, file.companies, _connections(file))
    except _Misplaced as error:
        raise ConfigError(error.message(path, text)) from None
    except ValidationError as error:
        raise ConfigError(_Misplaced.first_of(error, ()).message(path, text)) from None


def _connections(file: _File) -> tuple[Connection, ...]:
    """The connections with their options checked by their source."""
    companies = {company.id: company for company in file.companies}
    found: dict[str, Connection] = {}
    for index, entry in enumerate(file.connections):
        place = ("connections", index)
        if entry.name in found:
            raise _Misplaced((*place, "name"), "a name that another connection has", entry.name)
        if companies and entry.company not in companies:
            raise _Misplaced((*place, "company"), "an id of [[companies]]", entry.company)
        try:
            options = SOURCES[entry.source].options_model.model_validate(entry.options)
        except ValidationError as error:
            raise _Misplaced.first_of(error, (*place, "options")) from None
        company = companies.get(entry.company)
        found[entry.name] = Connection(
            name=entry.name,
            company=entry.company,
            source=entry.source,
            conn_id=entry.conn_id,
            options=options,
            schedule=entry.schedule,
            timezone=file.programme.timezone,
            company_name=company.name if company else None,
            company_group=company.group if company else None,
        )
    return tuple(found.values())


class _Misplaced(Exception):
    """A wrong value at a place in the file."""

    def __init__(self, place: tuple[str | int, ...], problem: str, came: object) -> None:
        super().__init__(problem)
        self._place = place
        self._problem = problem
        self._came = came

    @classmethod
    def first_of(cls, error: ValidationError, within: tuple[str | int, ...]) -> _Misplaced:
        """pydantic's first complaint; the rest often follows from it."""
        first = error.errors(include_url=False)[0]
        problem = first["msg"].removeprefix("Value error, ")
        came = None if first["type"] in ("missing", "extra_forbidden") else first["input"]
        return cls((*within, *first["loc"]), problem, came)

    def message(self, path: Path, text: str) -> str:
        field = ".".join(str(part) for part in self._place)
        came = f", got {self._came!r}" if isinstance(self._came, str | int | float) else ""
        return (
            f"{path}:{_line(text, self._place)}: {field}: {self._problem}{came}. "
            "Remedy: correct or remove that field."
        )


def _line(text: str, place: tuple[str | int, ...]) -> int:
    """The line that a place stands on, or the nearest table header above it (1 if none).

    tomllib keeps no positions; headers and keys are found again by their spelling.
    """
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    table = str(place[0]) if place else ""
    nth = next((part for part in place if isinstance(part, int)), 0)
    headers = [n for n, line in enumerate(lines) if line.strip("[] ") == table and "[" in line]
    if nth >= len(headers):
        return 1
    start = headers[nth]
    end = headers[nth + 1] if nth + 1 < len(headers) else len(lines)
    key = str(place[-1])
    for number in range(start + 1, end):
        if lines[number].split("=")[0].strip().strip("\"'") == key and "=" in lines[number]:
            return number + 1
    return start + 1
