"""Every mart against the oracle, in a world whose companies send their rejection mails themselves.

Their ATS has no record of a mail: one company keeps a log, the others send through a provider,
whose events are read from Mailgun, and come by webhook from SendGrid and Amazon SES.
"""

from __future__ import annotations

import pytest

from tests.end_to_end.scenario import Scenario, played

__all__ = ["played"]

pytestmark = pytest.mark.long

SEED = 28
COMPANIES = 4
MAIL = ("log", "mailgun", "sendgrid", "ses")


class TestMarts(Scenario):
    pass
