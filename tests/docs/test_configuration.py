"""What the pages say of relay.toml is what the code takes, with the defaults that they give."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from extractors.api import ApiOptions
from extractors.config import DEFAULT_SCHEDULE, load
from extractors.greenhouse import MAILED_LINK
from extractors.registry import SOURCES
from tests.docs.pages import PAGES, README, ROOT, blocks, name_of, rows, section, spans

SOURCES_PAGE = ROOT / "docs" / "sources" / "README.md"
TOML = [
    pytest.param(block.text, id=f"{name_of(page)}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks(page, "toml"), start=1)
]
SAID_IN_WORDS = {"link_token_pattern": MAILED_LINK}
"""Defaults that a table describes instead of quoting them."""


@pytest.mark.parametrize("text", TOML)
def test_toml_loads(text: str, tmp_path: Path) -> None:
    path = tmp_path / "relay.toml"
    path.write_text(text, "utf-8")
    assert load(path).connections


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_an_example(source: str, tmp_path: Path) -> None:
    path = tmp_path / "relay.toml"
    path.write_text(blocks(_page(source), "toml")[0].text, "utf-8")
    assert [connection.source for connection in load(path).connections] == [source]


def test_the_readme_says_what_another_ats_needs() -> None:
    table = rows(section(README, "Your own Greenhouse, Typeform and Postgres"))
    start = next(number for number, row in enumerate(table) if row[0] == "`source`")
    told = {spans(row[0])[0]: row for row in table[start + 1 :]}
    assert told.keys() == SOURCES.keys() - {"greenhouse", "typeform", "operator"}
    for source, (_, credentials, options) in told.items():
        fields = SOURCES[source].options_model.model_fields
        assert spans(options) == [name for name, field in fields.items() if field.is_required()]
        held = json.loads(spans(credentials)[0])
        assert held.get("password") or held["extra"]


def test_connection_fields() -> None:
    table = dict(row[:2] for row in rows(section(SOURCES_PAGE, "Every connection"))[1:7])
    assert spans(table["`schedule`"]) == [DEFAULT_SCHEDULE]
    required = {spans(field)[0] for field, default in table.items() if default == "required"}
    assert required == {"name", "company", "source", "conn_id"}


def test_options_of_every_http_source() -> None:
    table = _options(SOURCES_PAGE, "Reading over HTTP")
    assert table.keys() == ApiOptions.model_fields.keys()
    _agree(table, ApiOptions)


@pytest.mark.parametrize("source", SOURCES)
def test_options_of_a_source(source: str) -> None:
    """A page lists the source's own options, and those whose default differs."""
    model = SOURCES[source].options_model
    table = _options(_page(source), "Options")
    shared = ApiOptions.model_fields if issubclass(model, ApiOptions) else {}
    own = {
        name
        for name, field in model.model_fields.items()
        if name not in shared or field.default != shared[name].default
    }
    assert own <= table.keys() <= model.model_fields.keys()
    _agree(table, model)


@pytest.mark.parametrize("source", SOURCES)
def test_streams_of_a_source(source: str) -> None:
    text = section(_page(source), "Key and permissions")
    listed = [row for row in rows(text) if spans(row[0])]
    streams = {stream.name: stream for stream in SOURCES[source].streams}
    told = {spans(row[0])[0]: row for row in listed}
    assert told.keys() == streams.keys()
    for name, stream in streams.items():
        if stream.inbox and not stream.path:
            assert told[name][1] == "webhook"
        elif source in ("greenhouse", "ashby", "workable"):
            assert spans(told[name][1]) == [stream.required_scope]
        elif source == "lever":
            assert told[name][1] == stream.required_scope
        elif source == "typeform":
            assert stream.cursor is not None
            assert spans(told[name][1]) == [stream.cursor.field]
            assert stream.required_scope in text
        else:
            assert tuple(spans(told[name][2])) == stream.key
            if source == "herp":
                assert spans(told[name][1]) == [stream.required_scope]


def test_small_lists_are_named() -> None:
    named = re.search(r"\(([^)]*)\)", section(_page("greenhouse"), "Reading"))
    assert named is not None
    assert set(spans(named[1])) == {
        stream.name
        for stream in SOURCES["greenhouse"].streams
        if stream.cursor and stream.cursor.reference
    }


def _page(source: str) -> Path:
    return SOURCES_PAGE.with_name(f"{source}.md")


def _options(page: Path, *headings: str) -> dict[str, str]:
    """Option -> default, as a section's table says."""
    *above, heading = headings
    table = rows(section(page, heading, *above))
    start = next(number for number, row in enumerate(table) if row[0] == "option")
    return {spans(row[0])[0]: row[1] for row in table[start + 1 :]}


def _agree(table: dict[str, str], model: type[BaseModel]) -> None:
    wrong = {
        name: default
        for name, default in table.items()
        if not _says(default, name, model.model_fields[name])
    }
    assert not wrong


def _says(default: str, name: str, field: FieldInfo) -> bool:
    if name in SAID_IN_WORDS:
        return bool(field.default == SAID_IN_WORDS[name])
    if default == "required":
        return field.is_required()
    expected: Any = field.get_default(call_default_factory=True)
    said = (spans(default) or [default])[0]
    if isinstance(expected, tuple):
        return (spans(default) or [default]) == (list(expected) or ["none"])
    return said == (
        "none"
        if expected is None
        else f"{expected:g}"
        if isinstance(expected, float)
        else str(expected)
    )
