"""Every source there is. Adding a vendor is one module and one line here."""

from __future__ import annotations

from extractors import (
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
from extractors.stream import Source

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        greenhouse.SOURCE,
        lever.SOURCE,
        herp.SOURCE,
        talentio.SOURCE,
        ashby.SOURCE,
        workable.SOURCE,
        files.SOURCE,
        typeform.SOURCE,
        google_forms.SOURCE,
        tally.SOURCE,
        mailgun.SOURCE,
        sendgrid.SOURCE,
        ses.SOURCE,
        smarthr.SOURCE,
        freee.SOURCE,
        operator.SOURCE,
    )
}
