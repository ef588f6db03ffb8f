"""relay.toml: what is accepted, and that every mistake names the file, the line and the remedy."""

from pathlib import Path

import pytest

from extractors.config import DEFAULT_SCHEDULE, load
from extractors.errors import ConfigError
from extractors.greenhouse import GreenhouseOptions

GOOD = """\
[programme]
timezone = "Asia/Tokyo"

[[companies]]
id = "aozora"
name = "青空テクノロジー株式会社"

[[connections]]
name = "aozora_greenhouse"
company = "aozora"
source = "greenhouse"
conn_id = "aozora_greenhouse"
[connections.options]
start_date = 2024-07-01
date_filter = "bracket"

[[connections]]
name = "aozora_typeform"
company = "aozora"
source = "typeform"
conn_id = "aozora.typeform"
schedule = "none"
options = { start_date = 2024-07-01 }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "relay.toml"


def test_connections_come_with_checked_options(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(GOOD, "utf-8")
    monkeypatch.setenv("RELAY_CONFIG", str(path))
    config = load()
    first, second = config.connections
    assert isinstance(first.options, GreenhouseOptions)
    assert first.options.date_filter == "bracket"
    assert (first.schedule, second.schedule) == (DEFAULT_SCHEDULE, None)
    assert first.company_name == "青空テクノロジー株式会社"
    assert config.connection("aozora_typeform") is second


def test_a_company_may_belong_to_a_group(path: Path) -> None:
    path.write_text(GOOD, "utf-8")
    assert load(path).connections[0].company_group is None
    path.write_text(GOOD.replace('id = "aozora"', 'id = "aozora"\ngroup = "sora"'), "utf-8")
    assert {one.company_group for one in load(path).connections} == {"sora"}


def test_an_unknown_connection_lists_the_known_ones(path: Path) -> None:
    path.write_text(GOOD, "utf-8")
    with pytest.raises(ConfigError, match="use one of: aozora_greenhouse, aozora_typeform"):
        load(path).connection("hinata_greenhouse")


@pytest.mark.parametrize(
    ("good", "bad", "line", "said"),
    [
        ('timezone = "Asia/Tokyo"', 'timezone = "Tokyo"', 2, "time zone of the IANA database"),
        ('date_filter = "bracket"', 'date_filter = "both"', 15, "'pipe' or 'bracket'"),
        ("start_date = 2024-07-01\n", "", 8, "connections.0.options.start_date: Field required"),
        ('source = "greenhouse"', 'source = "workday"', 11, "mailgun, operator, sendgrid, ses"),
        ('schedule = "none"', 'schedule = "daily"', 22, "not a cron expression"),
        ('name = "aozora_typeform"', 'name = "Aozora"', 18, "connections.1.name"),
        ('name = "aozora_typeform"', 'name = "aozora_greenhouse"', 18, "another connection has"),
        ('schedule = "none"', 'password = "s3cret"', 22, "password: Extra inputs"),
        (
            'company = "aozora"\nsource = "typeform"',
            'company = "x"\nsource = "typeform"',
            19,
            "id of",
        ),
        ('timezone = "Asia/Tokyo"', "timezone = Asia", 2, "not TOML"),
    ],
)
def test_a_mistake_names_file_line_and_remedy(
    path: Path, good: str, bad: str, line: int, said: str
) -> None:
    assert good in GOOD
    path.write_text(GOOD.replace(good, bad, 1), "utf-8")
    with pytest.raises(ConfigError) as raised:
        load(path)
    message = str(raised.value)
    assert f"{path}:{line}:" in message or f"line {line}," in message
    assert said in message
    assert "Remedy: " in message
    assert "s3cret" not in message


def test_a_missing_or_unreadable_file_is_said(path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(path)
    path.write_bytes('name = "青"'.encode("cp932"))
    with pytest.raises(ConfigError, match="cannot be read as UTF-8"):
        load(path)
