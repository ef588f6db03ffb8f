"""What tests of several vendors compare with."""

from __future__ import annotations

import pytest

from tests.end_to_end.entities import Reading, told


@pytest.fixture(scope="session")
def greenhouse(tmp_path_factory: pytest.TempPathFactory, warehouse_template: str) -> list[Reading]:
    """The world that every vendor shows, kept in Greenhouse: the first run and the next one."""
    return told(tmp_path_factory.mktemp("greenhouse"), warehouse_template, "greenhouse")
