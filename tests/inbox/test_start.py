"""What starts the inbox beside the rest, and what sends it a world's webhooks."""

import re
from pathlib import Path

import pytest
import requests

from extractors.config import load
from sandbox import webhooks, world
from sandbox.__main__ import main
from sandbox.config import connections_env, write_config
from sandbox.services import INBOX, Services
from tests.inbox.service import stored

pytestmark = pytest.mark.usefixtures("warehouse_url")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    world.make(home, seed=5, applications=100, companies=1)
    return home


@pytest.fixture
def services(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    for name, value in connections_env(home, "http://127.0.0.1:1").items():
        monkeypatch.setenv(name, value)
    return Services(home=tmp_path)


def test_without_webhooks_there_is_no_inbox(services: Services, home: Path) -> None:
    services.start_inbox(load(write_config(home, "http://127.0.0.1:1")))
    assert services.processes.running() == []


def test_a_connection_that_takes_webhooks_starts_it(
    services: Services, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = load(write_config(home, "http://127.0.0.1:1", webhooks=True))
    try:
        services.start_inbox(config)
        services.start_inbox(config)
        assert services.processes.running() == [INBOX]
        port = (services.home / "inbox.port").read_text("utf-8").strip()
        url = f"http://127.0.0.1:{port}"
        assert requests.get(f"{url}/health", timeout=30).status_code == 204
        sending = ["webhooks", "--home", str(home), "--inbox", url, "--candidates", "2"]
        assert main(sending) == 0
    finally:
        services.processes.stop([INBOX])
    said = capsys.readouterr().out
    assert re.fullmatch(r"204: \d+\n", said)
    assert len(stored("aozora_typeform")) >= len(webhooks.responses(home))
    assert len(stored("aozora_greenhouse")) >= 6
    assert services.processes.running() == []


def test_the_file_that_is_there_says_whether_webhooks_are_taken(home: Path) -> None:
    url = "http://127.0.0.1:1"
    assert main(["config", "--home", str(home), "--url", url, "--webhooks"]) == 0
    taken = {one.source: getattr(one.options, "webhooks", None) for one in load(
        write_config(home, url)).connections}  # fmt: skip
    assert taken == {"greenhouse": True, "typeform": True, "operator": None}
    write_config(home, url, webhooks=False)
    assert not any(
        getattr(one.options, "webhooks", False) for one in load(write_config(home, url)).connections
    )


def test_no_secret_is_in_the_file(home: Path) -> None:
    text = write_config(home, "http://127.0.0.1:1", webhooks=True).read_text("utf-8")
    assert "webhook_secret" in "".join(connections_env(home, "http://127.0.0.1:1").values())
    assert "secret" not in text
