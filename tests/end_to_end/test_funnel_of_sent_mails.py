"""The funnel of companies that send their rejection mails themselves, against the oracle.

The first company keeps a log, the others send through a provider; no ATS has a record of a mail.
The rest of the marts: test_marts_of_sent_mails.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import ceil
from pathlib import Path

import pytest

import warehouse
from tests.conftest import fresh_database
from tests.end_to_end.pipeline import Pipeline, pipeline
from tests.end_to_end.scenario import START, STEP
from tests.oracle.compare import difference, mart_rows
from tests.oracle.funnel import rows
from tests.oracle.rows import Row
from tests.oracle.truth import Truth, load
from tests.oracle.visible import at

pytestmark = pytest.mark.long

SEED = 28
MAIL = ("log", "mailgun", "sendgrid", "ses")
COMPANIES = ("aozora", "hinata", "minato", "yamabiko")
MART = "fct_relay_funnel"
MODELS = (f"+{MART}", "path:models/staging", "path:models/intermediate/mails")


class Told:
    """What a world gave after its first run and after its clock moved thirty days."""

    def __init__(self, world: Pipeline) -> None:
        self.expected: list[list[Row]] = []
        self.actual: list[list[Row]] = []
        self.truths: list[Truth] = []
        self.requests: list[dict[str, dict[str, int]]] = []
        self.read: list[dict[str, int]] = []
        self._run(world, 0)
        world.advance(STEP.days)
        self._run(world, 1)

    def _run(self, world: Pipeline, step: int) -> None:
        self.requests.append(world.ingest())
        world.transform("--select", *MODELS, "--indirect-selection", "buildable")
        truth = at(load(world.home / "truth.db"), START + STEP * step)
        self.truths.append(truth)
        self.expected.append(rows(truth))
        with warehouse.connect("relay_bi") as connection:
            self.actual.append(mart_rows(connection, MART))
        with warehouse.connect() as owner:
            found = owner.execute(
                "select connection, count(*) from intermediate.int_mail_events_unioned group by 1"
            ).fetchall()
            self.read.append(dict(found))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, warehouse_template: str) -> Iterator[Told]:
    home: Path = tmp_path_factory.mktemp("world")
    with (
        fresh_database(warehouse_template),
        pipeline(home, SEED, len(MAIL), 600, mail=MAIL) as world,
    ):
        yield Told(world)


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize("company", COMPANIES)
def test_the_funnel_equals_the_oracle(told: Told, company: str, step: int) -> None:
    expected, actual = (
        [row for row in some[step] if row["company_id"] == company]
        for some in (told.expected, told.actual)
    )
    assert len(expected) > 50
    found = difference(MART, expected, actual)
    assert not found, str(found)


def test_every_way_that_a_mail_may_go_is_gone(told: Told) -> None:
    states = {company: Counter[object]() for company in COMPANIES}
    for row in told.actual[1]:
        states[str(row["company_id"])][row["mail_state"]] += 1
    assert set(states["aozora"]) == {"sent", "unknown"}
    for company in COMPANIES[1:]:
        assert {"delivered", "bounced", "unknown"} <= set(states[company]), states
    reasons = {row["stopped_because"] for row in told.actual[1]}
    assert "mail_bounced" in reasons
    clicked = [row for row in told.actual[1] if row["clicked_at"] is not None]
    assert any(row["human_clicked_at"] is None for row in clicked)
    assert any(row["human_clicked_at"] is not None for row in clicked)


def test_every_event_lands_once_however_often_it_is_posted(told: Told) -> None:
    for step in (0, 1):
        shown = Counter(event.company_id for event in told.truths[step].mail_events)
        for company, source in zip(COMPANIES[1:], MAIL[1:], strict=True):
            assert told.read[step][f"{company}_{source}"] == shown[company]


def test_no_request_is_made_that_need_not_be(told: Told) -> None:
    """Of Mailgun: the clock, every page once, and the empty page that says it was the last."""
    shown = [
        {event.number for event in truth.mail_events if event.company_id == "hinata"}
        for truth in told.truths
    ]
    for step, new in enumerate((shown[0], shown[1] - shown[0])):
        least = 2 + ceil(len(new) / 300)
        made = told.requests[step]["hinata_mailgun"]["events"]
        print(f"run {step}: {made} requests for {len(new)} events, least {least}")
        assert made == least
        for company, source in (("minato", "sendgrid"), ("yamabiko", "ses")):
            assert told.requests[step][f"{company}_{source}"]["events"] == 0
