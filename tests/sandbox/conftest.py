"""A few rows behind a real server: what the vendors' simulators are tested against.

`home` has a fresh world for every test; the server of the module sees it, as it sees every commit.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import store
from tests.sandbox.small_world import FORM, Harvest, fill


@pytest.fixture
def home(running: tuple[Path, str]) -> Path:
    """The home, filled anew."""
    fill(running[0])
    return running[0]


@pytest.fixture
def url(home: Path, running: tuple[Path, str]) -> str:
    """The server's URL over a fresh world."""
    return running[1]


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
