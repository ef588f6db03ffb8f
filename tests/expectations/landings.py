"""Landings by hand, of a connection that no vendor stands behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel

from extractors.land import Landing
from extractors.stream import Connection, Fields, FileRef, Page, Stream
from tests.expectations.mail_records import MAIL_KEYS

OBSERVED = datetime(2026, 6, 30, 15, tzinfo=UTC)
STATE = {"until": "2026-06-30T15:00:00Z"}
KEYS: dict[str, tuple[str, ...]] = {
    "contracts": ("company_id", "contract_version"),
    "counted_registrations": ("registration_id",),
    "slots": ("company_id", "slot_number"),
    "introductions": ("introduction_id",),
    "joins": ("join_id",),
    "attestations": ("join_id", "month"),
    "hires": ("hire_id",),
    "costs": ("cost_id",),
    "fee_terms": ("company_id", "valid_from"),
    "registration_events": ("registration_id", "event"),
    "mails": ("token",),
}


class NoOptions(BaseModel):
    """Options of a connection that is never read over HTTP."""


@dataclass(frozen=True)
class Lander:
    """Lands records as extraction does, of a connection that no vendor stands behind."""

    dsn: str
    connection: str
    source: str

    def land(
        self,
        stream: str,
        records: Sequence[Fields],
        *,
        ids: Iterable[str] | None = None,
        observed_at: datetime | None = None,
        run_id: str = "landing",
    ) -> None:
        """One committed batch. With ``ids`` the record ids are given apart from the payload, so
        that the payload's own key fields can be wrong."""
        keyed = None
        pages = [Page(list(records))]
        if ids is not None:
            pages = [Page([{**r, "_id": i} for r, i in zip(records, ids, strict=True)])]
            fields = frozenset(field for r in records for field in r)
            keyed = Stream(stream, key=("_id",), fields=fields)
        with self.landing(stream, keyed, run_id) as landing:
            landing.land(pages, STATE, observed_at or self._clock)

    def land_file(self, stream: str, records: Sequence[Fields], path: str) -> None:
        """One committed statement file."""
        with self.landing(stream) as landing:
            landing.land([Page(list(records))], STATE, file=FileRef(path, path))

    def landing(self, stream: str, keyed: Stream | None = None, run_id: str = "landing") -> Landing:
        """An open landing of the stream, to be used as a context."""
        connection = Connection(
            self.connection, "aozora", self.source, self.connection, NoOptions()
        )
        return Landing(
            self.dsn,
            connection=connection,
            source=self.source,
            stream=keyed or self._stream(stream),
            run_id=run_id,
        )

    @property
    def _clock(self) -> datetime | None:
        """Files have no clock."""
        return None if self.source in ("files", "operator") else OBSERVED

    def _stream(self, stream: str) -> Stream:
        own = {"typeform": "response_id", "google_forms": "responseId", **MAIL_KEYS}
        default = (own.get(self.source, "id"),)
        return Stream(stream, key=KEYS.get(stream, default))
