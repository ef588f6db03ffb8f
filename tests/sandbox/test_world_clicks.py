"""Machines and half-filled forms of the world, and that the rules tell them from people."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from extractors.clients import client
from sandbox import world
from sandbox.world_clicks import CLASSES, QUESTIONS
from sandbox.world_typeform import AGENTS
from tests.oracle import form_friction
from tests.oracle.clock import instant
from tests.oracle.rows import Row
from tests.oracle.truth import Truth, load
from tests.oracle.visible import at
from tests.sandbox.worlds import SMALL

CLOCK = instant("2026-06-30T15:00:00Z")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    home: Path = tmp_path_factory.mktemp("world")
    world.make(home, seed=1, applications=SMALL)
    return load(home / "truth.db")


@pytest.fixture(scope="module")
def sessions(truth: Truth) -> list[Row]:
    return form_friction.session_rows(at(truth, CLOCK))


def test_the_world_names_its_agents_as_the_extractor_does() -> None:
    for (user_agent, platform), (device, agent_class) in zip(AGENTS, CLASSES, strict=True):
        found = client({"user_agent": user_agent, "platform": platform}, b"key")
        assert found == {"device": device, "agent_class": agent_class}


def test_the_rules_find_every_machine_and_take_no_person_for_one(
    truth: Truth, sessions: list[Row]
) -> None:
    machines = {s.response_id for s in truth.sessions if s.is_bot}
    for row in sessions:
        is_machine = str(row["response_id"]).rpartition(":")[2] in machines
        assert row["is_probable_bot"] == is_machine, row
    found = Counter(row["bot_reason"] for row in sessions)
    assert found.keys() == {
        None,
        "scanner_agent",
        "library_agent",
        "seconds_after_mail",
        "burst",
    }


def test_forms_are_left_at_every_kind_of_question(sessions: list[Row]) -> None:
    left = [row for row in sessions if row["state"] == "partial"]
    assert {row["form_version"] for row in left} == set(QUESTIONS)
    assert len({row["last_question"] for row in left}) > 3
    assert {row["device"] for row in sessions} == {"mobile", "desktop", "tablet", "unknown"}


def test_the_form_changes_on_a_day_of_tokyo(truth: Truth) -> None:
    changed = instant("2025-09-30T15:00:00Z")
    versions = {s.response_id: s.form_version for s in truth.sessions}
    near = [r for r in truth.responses if abs(r.landed_at - changed) < timedelta(days=200)]
    for response in near:
        expected = "2" if response.landed_at >= changed else "1"
        assert versions[response.response_id] == expected
    assert {versions[response.response_id] for response in near} == {"1", "2"}
