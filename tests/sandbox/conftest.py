"""A few rows behind a real server: what the vendors' simulators are tested against.

`home` has a fresh world for every test; the server of the module sees it, as it sees every commit.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import store
from sandbox.server import LOG_FILE, running
from tests.sandbox.small_world import FORM, Harvest, fill


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A home and the URL of its server, which must find nothing to complain about."""
    home = tmp_path_factory.mktemp("sandbox")
    store.create(home)
    fill(home)
    with running(home) as url:
        yield home, url
    assert (home / LOG_FILE).read_text() == ""


@pytest.fixture
def home(served: tuple[Path, str]) -> Path:
    """The home, filled anew."""
    fill(served[0])
    return served[0]


@pytest.fixture
def url(home: Path, served: tuple[Path, str]) -> str:
    """The server's URL over a fresh world."""
    return served[1]


@pytest.fixture
def setting(home: Path) -> Callable[[str, object], None]:
    """Sets one key of the sandbox's meta."""

    def write(key: str, value: object) -> None:
        with store.transaction(store.open_world(home)) as world:
            store.set_meta(world, key, str(value))

    return write


@pytest.fixture
def harvest(url: str) -> Harvest:
    """Authorised as the credential's service user."""
    return Harvest(url)


@pytest.fixture
def responses(url: str) -> Callable[..., requests.Response]:
    """GET of the form's responses."""

    def get(**params: Any) -> requests.Response:
        return requests.get(
            f"{url}/typeform/forms/{FORM.form_id}/responses",
            params=params,
            headers={"Authorization": f"Bearer {FORM.secret}"},
            timeout=10,
        )

    return get
