"""The operator's monthly files, one folder a company, as an operator would really send them.

A file holds what its month adds or changes; a later file restates a row by its key. Formats go
round the streams: CSV in UTF-8 with a BOM, CSV in cp932, XLSX. A published file never changes, but
for a few that the operator corrects and puts there again under the same name.
"""

from __future__ import annotations

import csv
import io
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.world_catalog import COMPANIES
from sandbox.world_time import iso, month_start, parse, tokyo_day

Cell = str | int | float | None
LABELS = {"permanent": "正社員", "contract": "契約社員", "part_time": "パート"}
ZIP_TIME = (2024, 7, 1, 0, 0, 0)
FORMATS = ("utf-8-sig", "cp932", "xlsx")


@dataclass(frozen=True, slots=True)
class Template:
    """`query` yields the rows that are published at a time (:at) for a company (:company).

    Of a template whose files are corrected: the rows of a :month as they are at :at.
    """

    stream: str
    columns: tuple[str, ...]
    table: str
    query: str
    is_corrected: bool = False


CONTRACT_COLUMNS = (
    "company_id",
    "contract_version",
    "valid_from",
    "valid_to",
    "counting_event",
    "threshold",
    "slots_per_threshold",
    "slot_valid_days",
    "slot_used_by",
    "dedupe_scope",
    "stated_on",
    "eligible_stages",
    "eligible_channels",
    "excluded_channels",
    "eligible_employment_types",
    "dedupe_window_days",
    "slot_returned_by",
    "early_leave_days",
    "points_carry_over",
    "withdrawal_effect",
)
# Every version so far, as it has been stated last.
CONTRACTS = f"""
    select {", ".join(CONTRACT_COLUMNS).replace("contract_version", "version")}
    from contract c where company_id = :company and published_at = (
        select max(published_at) from contract n
        where n.company_id = c.company_id and n.version = c.version and n.published_at <= :at
    ) order by version
"""


def _template(stream: str, table: str, columns: str, expressions: str, order: str) -> Template:
    query = (
        f"select {expressions or columns} from {table}"
        f" where company_id = :company and published_at = :at order by {order}"
    )
    return Template(stream, tuple(columns.split(", ")), table, query)


def _corrected(stream: str, table: str, columns: str, key: str) -> Template:
    query = (
        f"select {columns} from {table} t where company_id = :company and month = :month"
        f" and published_at = (select max(published_at) from {table} n where"
        f" n.company_id = t.company_id and n.month = t.month and n.{key} = t.{key}"
        f" and n.published_at <= :at) order by {key}"
    )
    return Template(stream, tuple(columns.split(", ")), table, query, is_corrected=True)


TEMPLATES = (
    Template("contracts", CONTRACT_COLUMNS, "contract", CONTRACTS),
    _corrected(
        "counted_registrations",
        "counted_statement",
        "company_id, registration_id, counted_on",
        "registration_id",
    ),
    _corrected(
        "slots",
        "slot_statement",
        "company_id, slot_number, granted_on, used_on, introduction_id",
        "slot_number",
    ),
    _template(
        "introductions",
        "introduction",
        "company_id, introduction_id, slot_number, job_title, introduced_on, interview_on,"
        " offered_on, accepted_on, declined_on",
        "",
        "introduction_id",
    ),
    _template(
        "joins",
        "join_",
        "company_id, join_id, introduction_id, joined_on, employment_type, annual_salary_yen",
        "",
        "join_id",
    ),
    _template(
        "attestations",
        "attestation",
        "company_id, join_id, month, observed_on, employed, left_on, leave_type",
        "",
        "join_id",
    ),
    _template(
        "hires",
        "hire",
        "company_id, hire_id, application_id, channel, joined_on, employment_type,"
        " annual_salary_yen, left_on, leave_type, observed_on",
        "",
        "hire_id",
    ),
    _template(
        "costs",
        "cost",
        "company_id, cost_id, month, kind, category, amount_yen, is_programme",
        "",
        "cost_id",
    ),
    _template(
        "fee_terms",
        "fee_term",
        "company_id, valid_from, fee_rate_percent, refund_steps, minimum_fee_yen",
        "",
        "valid_from",
    ),
    _template(
        "registration_events",
        "registration_event",
        "company_id, registration_id, event, occurred_on",
        "",
        "registration_id, event",
    ),
)


def write(home: Path, truth: sqlite3.Connection, clock: int) -> list[Path]:
    """Write every file published until `clock` that is not there yet; returns the new ones."""
    names = [company_id for company_id, _ in COMPANIES]
    written = []
    for (company_id,) in truth.execute("select company_id from company order by 1").fetchall():
        folder = home / "operator" / company_id
        folder.mkdir(parents=True, exist_ok=True)
        for number, template in enumerate(_templates(truth, company_id)):
            encoding = FORMATS[(names.index(company_id) + number) % len(FORMATS)]
            written += list(_publish(folder, truth, company_id, template, encoding, clock))
    return written


def _templates(truth: sqlite3.Connection, company_id: str) -> Iterator[Template]:
    """With employee numbers in the joins and the hires of a company that has an HR system."""
    staffed = truth.execute(
        "select exists (select 1 from employee where company_id = ?)", (company_id,)
    ).fetchone()[0]
    for template in TEMPLATES:
        if not staffed or template.stream not in ("joins", "hires"):
            yield template
            continue
        number = (
            "(select employee_number from stated_number n where n.company_id = :company"
            f" and n.feed = '{template.stream}' and n.id = {template.stream[:-1]}_id)"
        )
        query = template.query.replace(" from ", f", {number} from ", 1)
        columns = (*template.columns, "employee_number")
        yield replace(template, columns=columns, query=query)


def _publish(
    folder: Path,
    truth: sqlite3.Connection,
    company_id: str,
    template: Template,
    encoding: str,
    clock: int,
) -> Iterator[Path]:
    suffix = "xlsx" if encoding == "xlsx" else "csv"
    for label, published_at in _editions(truth, company_id, template, clock):
        path = folder / f"{template.stream}_{label}.{suffix}"
        if path.exists() and not template.is_corrected:
            continue
        wanted = {"company": company_id, "at": published_at, "month": label}
        rows = truth.execute(template.query, wanted).fetchall()
        made = FORMATTERS[suffix](template, [_labelled(template, row) for row in rows])
        content = made.encode(encoding) if isinstance(made, str) else made
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            yield path


def _editions(
    truth: sqlite3.Connection, company_id: str, template: Template, clock: int
) -> list[tuple[str, str]]:
    """The label of each file that is there, and when its present content was published."""
    of_company = f"from {template.table} where company_id = ? and published_at <= ?"
    values = (company_id, iso(clock))
    if template.is_corrected:
        query = f"select month, max(published_at) {of_company} group by 1 order by 1"
        return truth.execute(query, values).fetchall()
    times = truth.execute(f"select distinct published_at {of_company} order by 1", values)
    return [(_label(template, published_at), published_at) for (published_at,) in times.fetchall()]


def _label(template: Template, published_at: str) -> str:
    """The month a statement covers; of a contract, the month it is announced in."""
    announced = month_start(tokyo_day(parse(published_at)))
    covered = announced if template.table == "contract" else announced - timedelta(days=1)
    return covered.strftime("%Y-%m")


def _labelled(template: Template, row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The operator writes employment types in its own words."""
    if template.stream not in ("joins", "hires"):
        return row
    place = template.columns.index("employment_type")
    return (*row[:place], LABELS[str(row[place])], *row[place + 1 :])


def _csv(template: Template, rows: list[tuple[Cell, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(template.columns)
    writer.writerows(rows)
    return text.getvalue()


def _xlsx(template: Template, rows: list[tuple[Cell, ...]]) -> bytes:
    """A workbook with real dates and numbers; the same rows give the same bytes."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(template.stream)
    sheet.append(template.columns)
    for row in rows:
        cells = zip(template.columns, row, strict=True)
        sheet.append([_typed(column, value) for column, value in cells])
    made = io.BytesIO()
    workbook.save(made)
    return timeless(made)


def _typed(column: str, value: Cell) -> Any:
    is_date = column.endswith("_on") or column.startswith("valid_")
    return date.fromisoformat(value) if is_date and isinstance(value, str) else value


def timeless(archive: io.BytesIO) -> bytes:
    """The same workbook without the moment of its making."""
    result = io.BytesIO()
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _without_times(content)
            target.writestr(zipfile.ZipInfo(name, ZIP_TIME), content, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _without_times(core: bytes) -> bytes:
    from openpyxl.packaging.core import DocumentProperties
    from openpyxl.xml.functions import fromstring, tostring

    properties = DocumentProperties.from_tree(fromstring(core))
    properties.created = properties.modified = datetime(*ZIP_TIME)
    return bytes(tostring(properties.to_tree()))


FORMATTERS: dict[str, Callable[[Template, list[tuple[Cell, ...]]], str | bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
}
