"""Every source there is. Adding a vendor is one module and one line here."""

from __future__ import annotations

from extractors import (
    ashby,
    freee,
    greenhouse,
    herp,
    lever,
    operator,
    smarthr,
    talentio,
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
        typeform.SOURCE,
        smarthr.SOURCE,
        freee.SOURCE,
        operator.SOURCE,
    )
}
