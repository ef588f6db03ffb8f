"""ATS exports: CSV and XLSX files that people put into a folder, read by a mapping.

Every file is a full list. New files are read in the order of their names, one transaction each,
and a row that a file no longer shows counts as deleted; files before the last one landed are never
read again, since a later list says all that they said. A row has no time of change: what did not
change is known by its hash. Mappings, and what is assumed of HRMOS and Jobcan:
docs/sources/files.md
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from extractors.erasure import without
from extractors.errors import SourceError
from extractors.exports import PERSON_FIELD, read_export
from extractors.folders import FileRefused, Folder, composed, open_folder, reading
from extractors.mapping import IDS, TEXTS, TIMES, Mapping, load_mapping
from extractors.stream import (
    Batch,
    Fields,
    FileRef,
    IdentityValue,
    Page,
    Scan,
    Source,
    Stream,
    narrowed,
)
from warehouse import hmac_key

PAGE_ROWS = 1_000
MAX_TOLD = 20
"""Cells told of one file; more are counted."""
EXPORTS = "exports"
_COPY = re.compile(r"\s*\(\d+\)(?=\.[^.]+$)")


class FilesOptions(BaseModel):
    """``path`` is the folder (local, or any fsspec URL), ``mapping`` a shipped mapping or the path
    of one, relative to relay.toml's folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1)
    mapping: str = Field(min_length=1)
    settle_seconds: int = Field(default=60, ge=0, le=3600)
    """A file that changed so lately may still be being written; it is left for the next run."""


class ExportReader:
    """Reads the new exports, a batch each; refused ones fail the stream last."""

    def batches(self, scan: Scan) -> Iterator[Batch]:
        """Raises ConfigError for a bad mapping, path or store, SourceError when there is no export
        at all, and at the end for refused files."""
        options = narrowed(scan.connection.options, FilesOptions)
        mapping = load_mapping(options.mapping, _config_folder(), scan.where)
        folder = open_folder(scan, options.path)
        with reading(scan, folder, EXPORTS):
            names = folder.names()
        refused: list[str] = []
        for name in _unread(scan, folder, matching(scan, names, mapping)):
            with reading(scan, folder, EXPORTS):
                if not folder.is_settled(name, options.settle_seconds):
                    scan.notice(
                        f"{scan.where}  {name} changed less than {options.settle_seconds} seconds "
                        "ago and may still be being written; it is read at the next run"
                    )
                    break
            try:
                yield from self._batch(scan, folder, name, mapping)
            except FileRefused as error:
                refused.append(f"{name}: {error}")
        if refused:
            yield Batch("refused files", _refuse(scan, refused), scan.state or {})

    def _batch(self, scan: Scan, folder: Folder, name: str, mapping: Mapping) -> Iterator[Batch]:
        with reading(scan, folder, EXPORTS):
            before = folder.stamp(name)
            data = folder.read(name, "export fewer columns")
            if folder.stamp(name) != before or len(data) != before[0]:
                raise FileRefused("it changed while it was read. Remedy: run again")
        digest = hashlib.sha256(data).hexdigest()
        state = {"file": name, "digest": digest, "mapping": _digest_of(mapping)}
        if state == scan.state:
            return
        zone = ZoneInfo(scan.connection.timezone)
        export = read_export(name, data, mapping, zone, cache(hmac_key))
        if export.unreadable:
            told = "; ".join(export.unreadable[:MAX_TOLD])
            more = len(export.unreadable) - MAX_TOLD
            scan.notice(
                f"{scan.where}  {name}: {len(export.unreadable)} cells could not be read: {told}"
                + (f"; and {more} more" if more > 0 else "")
            )
        rows = export.records
        pages = (Page(rows[start : start + PAGE_ROWS]) for start in range(0, len(rows), PAGE_ROWS))
        file = FileRef(f"{folder.shown}/{name}", digest)
        yield Batch(name, pages, state, file=file)


def matching(scan: Scan, names: list[str], mapping: Mapping) -> list[str]:
    """The exports among the names, oldest first. Raises SourceError where the names do not say
    which of two is newer, and when there has never been one."""
    pattern = composed(mapping.pattern).lower()
    found = [name for name in names if fnmatchcase(composed(name).lower(), pattern)]
    originals: dict[str, str] = {}
    for name in found:
        other = originals.setdefault(_COPY.sub("", composed(name)), name)
        if other != name:
            raise SourceError(
                f"{scan.where}: {other} and {name} differ only by a number in brackets, which says "
                "nothing about which export is newer. Remedy: put the date into the names of the "
                "files, and take the older ones away."
            )
    if not found and not scan.state:
        others = f"; there are {', '.join(names[:5])}" if names else ""
        raise SourceError(
            f"{scan.where}: no .csv or .xlsx file is called {mapping.pattern}{others}. Remedy: put "
            "an export there, or correct the mapping's pattern."
        )
    return found


def _unread(scan: Scan, folder: Folder, names: list[str]) -> list[str]:
    """Those from the last one landed on; on the first run all of them, and with --full the last
    one, since to land older lists again would take everything back to where it was."""
    if scan.state:
        last = composed(scan.state["file"])
        return [name for name in names if composed(name) >= last]
    return names[-1:] if scan.changed(scan.stream.name, 0, 1) else names


def _refuse(scan: Scan, refused: list[str]) -> Iterator[Page]:
    """Pages that only fail: as a batch of their own they leave the files before them landed."""
    files = "1 file was" if len(refused) == 1 else f"{len(refused)} files were"
    raise SourceError(
        f"{scan.where}: {files} refused whole: {' | '.join(refused)}. Nothing of it was landed and "
        "nothing landed before was lost."
    )
    yield Page([])


def _digest_of(mapping: Mapping) -> str:
    """A file is read again when its mapping has changed."""
    return hashlib.sha256(mapping.model_dump_json().encode()).hexdigest()


def _config_folder() -> Path:
    from extractors.config import config_path  # which reads the registry, and so this module

    return config_path().parent


def _person(record: Fields) -> Iterator[IdentityValue]:
    yield from record[PERSON_FIELD]


SOURCE = Source(
    name="files",
    title="ATS exports",
    options_model=FilesOptions,
    reader=ExportReader(),
    streams=(
        Stream(
            "applications",
            fields=frozenset(("id", "system", *IDS[1:], *TEXTS, *TIMES, "stages", "stage_history"))
            | {"unreadable"},
            identity=_person,
            keyed=True,
            erase=without(""),  # of the person keys alone are kept
            complete=True,
        ),
    ),
)
