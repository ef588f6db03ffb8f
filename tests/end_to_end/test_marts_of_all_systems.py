"""Every mart against the oracle, row by row, where every company keeps another ATS.

What the systems do not tell (who was mailed, phones, reasons, the stages between two runs) is
missing or told otherwise in the marts by the rules of ``tests.oracle.vendors``.
"""

from __future__ import annotations

import pytest

from tests.end_to_end.scenario import Played, Scenario, play
from tests.oracle.vendors import ATS

pytestmark = pytest.mark.long

SEED = 28
APPLICATIONS_OF_EACH = 150  # with fewer, a slot taken back has been used before it is granted anew


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Played:
    """The scenario, played once."""
    return play(
        tmp_path_factory.mktemp("world"),
        SEED,
        companies=len(ATS),
        applications=len(ATS) * APPLICATIONS_OF_EACH,
        ats=tuple(ATS),
    )


class TestMarts(Scenario):
    def test_every_system_has_its_own_company(self, played: Played) -> None:
        connections = {str(row["connection"]) for row in played.actual[-1]["fct_applications"]}
        assert sorted(name.partition("_")[2] for name in connections) == sorted(ATS)

    def test_registrations_are_matched_at_every_system(self, played: Played) -> None:
        """By the link where the mail is logged, by who the person is everywhere else."""
        methods: dict[str, set[object]] = {name: set() for name in ATS}
        for row in played.actual[-1]["fct_relay_funnel"]:
            if row["match_method"] is not None:
                methods[str(row["connection"]).partition("_")[2]].add(row["match_method"])
        for name, found in methods.items():
            assert ("token" in found) == ATS[name].mails, name
            assert "email" in found, name
            assert "phone" not in found or ATS[name].phones, name

    def test_slots_are_earned_at_every_system(self, played: Played) -> None:
        slots = {row["company_id"] for row in played.actual[-1]["fct_slots"]}
        assert slots == {row["company_id"] for row in played.actual[-1]["dim_companies"]}
