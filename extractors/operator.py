"""The programme operator's statements: files in a folder or object store, one template a stream.

Files are read in the order of their names, and a later one restates a row by its key. The state
is the list of files landed; from the first file that is new or changed, everything after it is
landed again, so that a late correction of an early file never hides what a later one says. A file
that is refused changes nothing for those after it.
Templates: docs/operator-templates.md
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field, field_validator

from extractors.errors import SourceError
from extractors.folders import FileRefused, open_folder, reading
from extractors.statements import TEMPLATES, header_problem, typed_row
from extractors.stream import Batch, FileRef, Page, Record, Scan, Source, State, Stream, narrowed
from extractors.tables import TableError, read_table

PAGE_ROWS = 1_000
MAX_ERRORS = 20
"""Faults listed of one file; more are counted."""
DOCS = "docs/operator-templates.md"
STATEMENTS = "statements"


class OperatorOptions(BaseModel):
    """``path`` is the folder (local, or any fsspec URL such as s3://bucket/statements)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1)
    pattern: str = "{stream}*"
    """Names of a stream's files, before .csv or .xlsx; * and ? stand for any characters."""

    @field_validator("pattern")
    @classmethod
    def _names_the_stream(cls, pattern: str) -> str:
        if "{stream}" not in pattern or "/" in pattern:
            raise ValueError("expected a file name with {stream} in it, such as {stream}*")
        return pattern


class StatementReader:
    """Reads a stream's new and changed files, a batch each; refused ones fail the stream last."""

    def batches(self, scan: Scan) -> Iterator[Batch]:
        """Raises ConfigError for a bad path or store, SourceError at the end for refused files."""
        options = narrowed(scan.connection.options, OperatorOptions)
        folder = open_folder(scan, options.path)
        with reading(scan, folder, STATEMENTS):
            names = folder.names()
        _tell_unmatched(scan, names, options.pattern)
        landed: dict[str, str] = (scan.state or {}).get("files", {})
        # files that were taken away stay landed
        state = {name: digest for name, digest in landed.items() if name not in names}
        refused: list[str] = []
        changed = False
        for name in matching(names, options.pattern, scan.stream.name):
            try:
                with reading(scan, folder, STATEMENTS):
                    data = folder.read(name, "split it into files by month")
                digest = hashlib.sha256(data).hexdigest()
                due = changed or landed.get(name) != digest
                records = read_statement(name, data, scan) if due else []
            except FileRefused as error:
                refused.append(f"{name}: {error}")
                continue
            state[name], changed = digest, due
            if changed:
                yield _batch(name, records, state, FileRef(f"{folder.shown}/{name}", digest))
        if refused:
            yield Batch("refused files", _refuse(scan, refused), {"files": dict(state)})


def matching(names: list[str], pattern: str, stream: str) -> list[str]:
    """The names that belong to a stream, upper and lower case alike."""
    wanted = pattern.lower().replace("{stream}", stream)
    return [name for name in names if fnmatchcase(name.lower().rpartition(".")[0], wanted)]


def _tell_unmatched(scan: Scan, names: list[str], pattern: str) -> None:
    """Once a run, name the files that belong to no stream: a misspelt one would just be missing."""
    if scan.shared.setdefault("operator files told", scan.stream.name) != scan.stream.name:
        return
    known = {name for stream in TEMPLATES for name in matching(names, pattern, stream)}
    if unmatched := [name for name in names if name not in known]:
        scan.notice(
            f"{scan.connection.name}  {len(unmatched)} files belong to no template and were left "
            f"out: {', '.join(unmatched[:5])}. Expected names: {pattern}.csv or .xlsx with "
            f"{{stream}} one of {', '.join(TEMPLATES)}"
        )


def read_statement(name: str, data: bytes, scan: Scan) -> list[Record]:
    """The rows of one file as payloads. Raises FileRefused with the rows and columns at fault."""
    stream, company = scan.stream, scan.connection.company
    template = TEMPLATES[stream.name]
    try:
        header, rows = read_table(name, data, stream.name)
    except TableError as error:
        raise FileRefused(str(error)) from None
    if problem := header_problem(header, template):
        raise FileRefused(f"{problem}. Remedy: use the template of {DOCS}")
    records: list[Record] = []
    problems: list[str] = []
    first_row: dict[str, int] = {}
    for row in rows:
        record, faults = typed_row(row, template)
        problems += faults
        if faults:
            continue
        if record["company_id"] != company:
            problems.append(
                f"row {row.number}, column company_id: expected {company}, the company of this "
                "connection, came another"
            )
        earlier = first_row.setdefault(stream.record_id(record), row.number)
        if earlier != row.number:
            problems.append(
                f"row {row.number}: expected one row per {'+'.join(stream.key)}, came the same as "
                f"in row {earlier}"
            )
        records.append(record)
    if problems:
        more = f"; and {len(problems) - MAX_ERRORS} more" if len(problems) > MAX_ERRORS else ""
        raise FileRefused("; ".join(problems[:MAX_ERRORS]) + more)
    return records


def _batch(name: str, records: list[Record], state: State, file: FileRef) -> Batch:
    pages = (
        Page(records[start : start + PAGE_ROWS]) for start in range(0, len(records), PAGE_ROWS)
    )
    return Batch(name, pages, {"files": dict(state)}, file=file)


def _refuse(scan: Scan, refused: list[str]) -> Iterator[Page]:
    """Pages that only fail: as a batch of their own they leave the files before them landed."""
    files = "1 file was" if len(refused) == 1 else f"{len(refused)} files were"
    raise SourceError(
        f"{scan.where}: {files} refused whole: {' | '.join(refused)}. Remedy: correct "
        f"the rows named and put the file there again ({DOCS}); the other files were landed."
    )
    yield Page([])


def _stream(name: str, *key: str) -> Stream:
    return Stream(name, key=key)


SOURCE = Source(
    name="operator",
    title="Operator statements",
    options_model=OperatorOptions,
    reader=StatementReader(),
    streams=(
        _stream("contracts", "company_id", "contract_version"),
        _stream("counted_registrations", "registration_id"),
        _stream("slots", "company_id", "slot_number"),
        _stream("introductions", "introduction_id"),
        _stream("joins", "join_id"),
        _stream("attestations", "join_id", "month"),
        _stream("hires", "hire_id"),
        _stream("costs", "cost_id"),
        _stream("fee_terms", "company_id", "valid_from"),
        _stream("registration_events", "registration_id", "event"),
        _stream("mails", "token"),
    ),
)
