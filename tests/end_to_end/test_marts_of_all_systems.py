"""Every mart against the oracle, row by row, where every company keeps another ATS.

Two of these are files that somebody exports. The rejection mails go out through the ATS, of which
only Greenhouse logs them, or a provider or the company's own log tells of them. What the systems do
not tell (who was mailed, phones, reasons, times, the stages between two runs) is missing or told
otherwise in the marts by the rules of ``tests.oracle.vendors``.
"""

from __future__ import annotations

import pytest

from tests.end_to_end.scenario import Played, Scenario, play
from tests.oracle.vendors import ATS

pytestmark = pytest.mark.long

SEED = 28
APPLICATIONS_OF_EACH = 150  # with fewer, a slot taken back has been used before it is granted anew
SYSTEMS = tuple(ATS)
MAIL = ("ats", "log", "mailgun", "sendgrid", "ses")
MAIL_OF = {name: MAIL[place % len(MAIL)] for place, name in enumerate(SYSTEMS)}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, warehouse_url: str) -> Played:
    """The scenario, played once."""
    return play(
        tmp_path_factory.mktemp("world"),
        SEED,
        companies=len(SYSTEMS),
        applications=len(SYSTEMS) * APPLICATIONS_OF_EACH,
        ats=SYSTEMS,
        mail=MAIL,
    )


class TestMarts(Scenario):
    def test_every_system_has_its_own_company(self, played: Played) -> None:
        connections = {str(row["connection"]) for row in played.actual[-1]["fct_applications"]}
        assert sorted(name.partition("_")[2] for name in connections) == sorted(SYSTEMS)

    def test_registrations_are_matched_at_every_system(self, played: Played) -> None:
        """By the link where anything tells of the mail, by who the person is everywhere else."""
        methods: dict[str, set[object]] = {name: set() for name in SYSTEMS}
        for row in played.actual[-1]["fct_relay_funnel"]:
            if row["match_method"] is not None:
                methods[str(row["connection"]).partition("_")[2]].add(row["match_method"])
        for name, found in methods.items():
            assert ("token" in found) == (ATS[name].mails or MAIL_OF[name] != "ats"), name
            assert "email" in found, name
            assert "phone" not in found or ATS[name].phones, name

    def test_mails_are_known_as_far_as_anything_tells_of_them(self, played: Played) -> None:
        states: dict[str, set[object]] = {name: set() for name in SYSTEMS}
        for row in played.actual[-1]["fct_relay_funnel"]:
            states[str(row["connection"]).partition("_")[2]].add(row["mail_state"])
        for name, found in states.items():
            if MAIL_OF[name] not in ("ats", "log"):
                assert found == {"delivered", "bounced", "unknown"}, name
            elif MAIL_OF[name] == "log" or ATS[name].mails:
                assert found == {"sent", "unknown"}, name
            else:
                assert found == {"unknown"}, name

    def test_slots_are_earned_at_every_system(self, played: Played) -> None:
        slots = {row["company_id"] for row in played.actual[-1]["fct_slots"]}
        assert slots == {row["company_id"] for row in played.actual[-1]["dim_companies"]}
