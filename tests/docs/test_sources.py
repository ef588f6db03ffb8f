"""The pages of the sources have one form, and what is said of all sources holds for each."""

import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from extractors.ashby_calls import Calls
from extractors.deletions import GREATEST_LOSS, SMALLEST_LOSS
from extractors.left_out import LEFT_OUT
from extractors.registry import SOURCES
from extractors.rescans import Rescans
from extractors.stream import Source, Stream
from tests.docs.pages import ROOT, prose, rows, section, spans

FOLDER = ROOT / "docs" / "sources"
OVERVIEW = FOLDER / "README.md"
MODELS = ROOT / "dbt_project" / "models" / "intermediate"
HEADINGS = ["Key and permissions", "Options", "Reading", "What the marts expect", "Limits"]


def test_every_source_has_a_page() -> None:
    assert {page.stem for page in FOLDER.glob("*.md")} == {*SOURCES, "README"}


@pytest.mark.parametrize("source", SOURCES)
def test_pages_have_one_form(source: str) -> None:
    text = prose(FOLDER / f"{source}.md")
    assert re.findall(r"^# (.+)$", text, re.MULTILINE) == [SOURCES[source].title]
    assert re.findall(r"^##+ (.+)$", text, re.MULTILINE) == HEADINGS


def test_the_overview_lists_every_source() -> None:
    assert _overview().keys() == SOURCES.keys()
    field = next(row for row in rows(section(OVERVIEW, "Every connection")) if row[0] == "`source`")
    assert set(spans(field[2])) == SOURCES.keys()


def test_stages_and_mails_are_told_as_the_models_have_them() -> None:
    table = _overview()
    atss = {source for source, row in table.items() if row["stage history"]}
    assert atss == _unioned("applications")
    assert {source for source in atss if table[source]["stage history"] == "snapshots"} == {
        path.parent.name
        for path in MODELS.rglob("int_*__applications_joined.sql")
        if "'snapshots' as stage_history" in path.read_text("utf-8")
    }
    assert {source for source in atss if table[source]["mail log"] == "yes"} == atss & _unioned(
        "mails"
    )


def test_deletions_are_told_as_they_are_seen() -> None:
    table = _overview()
    listed = {name for name, source in SOURCES.items() if any(s.deletes for s in source.streams)}
    scanned = {name for name, source in SOURCES.items() if _scans_everything(source)}
    told = {name: row["deletes seen"] for name, row in table.items()}
    assert {name for name, text in told.items() if "listed" in text} == listed
    assert {name for name, text in told.items() if "absence" in text} == scanned
    assert {
        name for name, text in told.items() if text == "no"
    } == SOURCES.keys() - listed - scanned


def test_the_greatest_loss_is_told() -> None:
    assert (SMALLEST_LOSS, GREATEST_LOSS) == (20, 0.5)
    said = "more than half of the known records are gone, and more than 20"
    assert said in re.sub(r"\s+", " ", section(OVERVIEW, "Deleting"))


@pytest.mark.parametrize(
    "way",
    [
        "windows of change time",
        "one window since the last run",
        "whole",
        "by token, else whole",
        "child by child",
        "by webhook, if the connection takes them",
    ],
)
def test_ways_of_reading(way: str) -> None:
    table = {row[0]: row[1] for row in rows(section(OVERVIEW, "Reading over HTTP"))}
    told = {
        (title, stream)
        for part in table[way].split(";")
        for title, streams in [part.strip().split(": ")]
        for stream in _named(title, streams)
    }
    assert told == {
        (source.title, stream.name)
        for source in SOURCES.values()
        for stream in source.streams
        if way in _ways(source, stream)
    }


def _named(title: str, text: str) -> set[str]:
    """The streams of a source that a cell names: some, all, or all but some."""
    every = {
        stream.name
        for source in SOURCES.values()
        if source.title == title
        for stream in source.streams
    }
    names = set(spans(text.partition(" with ")[0]))
    assert names <= every
    return every - names if text.startswith("all") else names


def _ways(source: Source, stream: Stream) -> set[str]:
    """How a stream is read, with every option that changes it."""
    if stream.inbox:
        polled = _ways(source, replace(stream, inbox=None)) if stream.path else set()
        return {*polled, "by webhook, if the connection takes them"}
    if source.name in ("files", "operator"):
        return set()
    if stream.parent:
        return {"child by child"}
    if isinstance(source.reader, Calls):
        return {"by token, else whole"}
    if source.name == "talentio":
        filtered = source.options_model.model_validate({"updated_filter": True})
        return {_timed(stream), _timed(stream.bound(filtered))}
    return {_timed(stream)}


def _timed(stream: Stream) -> str:
    if stream.cursor is None:
        return "whole"
    return "one window since the last run" if _is_open(stream) else "windows of change time"


def _is_open(stream: Stream) -> bool:
    return stream.cursor is not None and stream.cursor.open_ended


def _scans_everything(source: Source) -> bool:
    return isinstance(source.reader, Calls | Rescans) or any(s.complete for s in source.streams)


def _unioned(entity: str) -> set[str]:
    """The sources whose models the union of an entity takes."""
    text = (MODELS / "applications" / f"int_{entity}_unioned.sql").read_text("utf-8")
    return set(re.findall(r'"int_([a-z_]+?)__', text))


def _overview() -> dict[str, dict[str, str]]:
    """Source -> column -> what the table of all sources says."""
    header, *table = rows(_head(OVERVIEW))
    return {spans(row[0])[0]: dict(zip(header, row, strict=True)) for row in table}


def _head(page: Path) -> str:
    return prose(page).partition("\n## ")[0]


def test_fields_are_told_as_the_code_has_them() -> None:
    """Whoever stores a field more, or leaves one out, shows it."""
    written = (ROOT / "docs" / "fields.md").read_text("utf-8")
    page = runpy.run_path(str(ROOT / "docs" / "build_fields.py"))["page"]()
    assert written == page, "run: python docs/build_fields.py"


def test_rules_are_told_as_the_code_has_them() -> None:
    """Whoever takes a rule away, or adds one, shows it."""
    written = (ROOT / "docs" / "gate-rules.md").read_text("utf-8")
    page = runpy.run_path(str(ROOT / "docs" / "build_rules.py"))["page"]()
    assert written == page, "run: python docs/build_rules.py"


def test_traps_are_told_as_the_catalog_has_them() -> None:
    written = (ROOT / "docs" / "traps.md").read_text("utf-8")
    page = runpy.run_path(str(ROOT / "docs" / "build_traps.py"))["page"]()
    assert written == page, "run: python docs/build_traps.py"


def test_what_a_new_source_needs_is_where_the_page_says() -> None:
    page = (ROOT / "docs" / "adding-a-source.md").read_text("utf-8").replace("<source>", "talentio")
    paths = [path for row in rows(page) for cell in row for path in spans(cell) if "/" in path]
    assert len(paths) >= 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_what_is_left_out_is_of_streams_that_there_are_and_not_stored() -> None:
    for source, streams in LEFT_OUT.items():
        for name, reasons in streams.items():
            names = " ".join(reasons.values()).split()
            assert len(names) == len(set(names)), f"{source}.{name}"
            assert not set(names) & set(SOURCES[source].stream(name).fields or ())
