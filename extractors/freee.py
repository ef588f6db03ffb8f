"""freee人事労務 API v1: the employees of all periods.

Facts (freee/freee-api-schema, hr): https://api.freee.co.jp/hr, OAuth 2.0, whose refresh tokens are
taken once and live 90 days (developer.freee.co.jp/reference/faq/token_lifetime); 10,000 requests an
hour, told by X-Ratelimit-*. ``/companies/{company_id}/employees`` is a bare list of everybody ever
employed, the retired included, in pages by ``limit`` (at most 100) and ``offset``; without
``with_no_payroll_calculation`` those are left out whom no payroll is made for. Nothing tells of
changes, nor why somebody left.

``/employees?year=&month=`` is not read, and must not be: it leaves out whoever has left by then,
so that everybody it ever lists seems to have stayed.

Not published, so assumed: the list is in the order of ids, so that new rows stand at its end;
X-Ratelimit-Reset is an ISO time (any other form is ignored, and only refusals slow the reading).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pydantic import Field

from extractors.api import BEGINNING, ApiOptions, HttpApi, Window
from extractors.auth import RefreshTokens
from extractors.credentials import Credentials
from extractors.erasure import without
from extractors.pacing import RateHeaders
from extractors.paginate import offset_pages
from extractors.stream import Connection, Fields, IdentityValue, Scan, Source, Stream

PAGE_SIZE = 100
TOKEN_URL = "https://accounts.secure.freee.co.jp/public_api/token"  # noqa: S105
REFRESH_LIFE = timedelta(days=90)


class FreeeOptions(ApiOptions):
    """``start_date``, ``window_days`` and ``lag_minutes`` have no effect: every scan reads all."""

    company_id: int = Field(gt=0)
    """freee's number of the company (事業所ID)."""
    start_date: date = BEGINNING.date()
    page_size: int = Field(default=PAGE_SIZE, ge=PAGE_SIZE, le=PAGE_SIZE)


def _auth(connection: Connection, credentials: Credentials) -> RefreshTokens:
    return RefreshTokens(connection, credentials, TOKEN_URL, life=REFRESH_LIFE)


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    return {"limit": str(PAGE_SIZE)}  # 50 come without it, which would pass for a last page


def _person(employee: Fields) -> Iterator[IdentityValue]:
    """The login's e-mail address and the displayed name; nothing else is listed."""
    for kind, field in (("email", "email"), ("name", "display_name")):
        if employee.get(field):
            yield kind, employee[field]


SOURCE = Source(
    name="freee",
    title="freee人事労務",
    options_model=FreeeOptions,
    reader=HttpApi(
        title="freee人事労務",
        base_url="https://api.freee.co.jp/hr",
        auth=_auth,
        paginate=offset_pages(PAGE_SIZE),
        query=_query,
        rate=RateHeaders(
            "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", form="iso"
        ),
    ),
    streams=(
        Stream(
            "employees",
            path="/api/v1/companies/{company_id}/employees",
            params={"with_no_payroll_calculation": "true"},
            fields=frozenset({"id", "num", "entry_date", "retire_date"}),
            identity=_person,
            keyed=True,
            erase=without(""),  # of the person keys alone are kept
            complete=True,
        ),
    ),
)
