"""One suite per stream: its rules as data. A stream without one gets the rules every stream has.

Adding a vendor needs nothing here; its own rules are one module and one line of ``_SUITES``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from expectations.suites import (
    ashby,
    files,
    freee,
    google_forms,
    greenhouse,
    herp,
    lever,
    mailgun,
    operator,
    sendgrid,
    ses,
    smarthr,
    talentio,
    tally,
    typeform,
    workable,
)
from expectations.suites.suite import Suite
from extractors.registry import SOURCES

_SUITES: Mapping[str, Mapping[str, Suite]] = {
    "greenhouse": greenhouse.SUITES,
    "lever": lever.SUITES,
    "herp": herp.SUITES,
    "talentio": talentio.SUITES,
    "ashby": ashby.SUITES,
    "workable": workable.SUITES,
    "files": files.SUITES,
    "typeform": typeform.SUITES,
    "google_forms": google_forms.SUITES,
    "tally": tally.SUITES,
    "mailgun": mailgun.SUITES,
    "sendgrid": sendgrid.SUITES,
    "ses": ses.SUITES,
    "smarthr": smarthr.SUITES,
    "freee": freee.SUITES,
    "operator": operator.SUITES,
}


def suite_for(source: str, stream: str) -> Suite:
    """The rules of a stream; a stream that none were written for gets an empty suite, whose batch
    rules (row count, volume) still hold."""
    return _SUITES.get(source, {}).get(stream, Suite())


def streams_of(source: str) -> Sequence[str]:
    """The streams of a source in the order of its declaration."""
    return [stream.name for stream in SOURCES[source].streams]


__all__ = ["Suite", "streams_of", "suite_for"]
