"""SmartHR API v1: crews, which are the people a company employs and employed.

Facts (developer.smarthr.jp, release notes, working clients): https://<subdomain>.smarthr.jp/api/v1,
Bearer token; pages by number from 1 of at most 100, bare lists, x-total-count says how many rows
there are. Two allowances are told, by x-rate-limit-* and x-intensive-rate-limit-*, whose reset is
seconds from now. 403 plan_limit: the plan has no API; 503 service_maintenance passes.
emp_status is employed, absent (on leave, thus employed) or retired; a leaving that is known ahead
has a resigned_at to come beside the status employed, so the marts go by the days alone.

A crew also carries bank accounts, pension, disability and family: ``fields`` (since 2024-09) asks
for no more than is used here. resigned_reason is free text, which may say anything of a person:
only the type that it names is stored.

There is no filter by change, and in the order of -updated_at a row that changes while the list is
read jumps to the front, unread: so all of it is read in the order of ``sort``, whose default
created_at never moves a row. Not published, so assumed: that created_at may be sorted by, as other
properties may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, Field

from extractors.api import BEGINNING, ApiOptions, HttpApi, Window
from extractors.auth import BearerKey
from extractors.credentials import Credentials
from extractors.erasure import without
from extractors.errors import CredentialsError
from extractors.pacing import RateHeaders, RateHeaderSets
from extractors.paginate import counted_pages
from extractors.stream import Connection, Fields, IdentityValue, Scan, Source, Stream, narrowed

PAGE_SIZE = 100
STORED = frozenset({"id", "emp_code", "emp_status", "entered_at", "resigned_at", "leave_type"})
PERSON = (
    "last_name",
    "first_name",
    "last_name_yomi",
    "first_name_yomi",
    "business_last_name",
    "business_first_name",
    "birth_at",
    "tel_number",
    "email",
)
ASKED = (*sorted(STORED - {"leave_type"}), "resigned_reason", *PERSON)
LeaveType = Literal["voluntary", "dismissal", "contract_end", "other"]
LEAVE_WORDS: Mapping[str, LeaveType] = MappingProxyType(
    {
        "自己都合": "voluntary",
        "会社都合": "dismissal",
        "解雇": "dismissal",
        "期間満了": "contract_end",
        "契約満了": "contract_end",
        "定年": "other",
    }
)


class SmarthrOptions(ApiOptions):
    """``start_date``, ``window_days`` and ``lag_minutes`` have no effect: every scan reads all."""

    start_date: date = BEGINNING.date()
    page_size: int = Field(default=PAGE_SIZE, ge=PAGE_SIZE, le=PAGE_SIZE)
    sort: str = "created_at"
    leave_words: dict[str, LeaveType] = Field(default_factory=dict)
    """More words of resigned_reason that name a type of leaving, or another type of known ones."""


def _auth(connection: Connection, credentials: Credentials) -> BearerKey:
    if not credentials.host:
        raise CredentialsError(
            f"{connection.name}: connection id {connection.conn_id!r} has no host. Remedy: store "
            "https://<subdomain>.smarthr.jp/api as its host."
        )
    return BearerKey(connection, credentials)


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    options = narrowed(scan.connection.options, SmarthrOptions)
    return {"per_page": str(PAGE_SIZE), "sort": options.sort}


def _crew(stream: Stream, options: BaseModel) -> Stream:
    """The stream that knows which words mean which type of leaving."""
    words = {**LEAVE_WORDS, **narrowed(options, SmarthrOptions).leave_words}

    def prepare(crew: Fields) -> Fields:
        said = crew.get("resigned_reason") or ""
        types = {kind for word, kind in words.items() if word in said}
        return {**crew, "leave_type": types.pop() if len(types) == 1 else None}

    return replace(stream, prepare=prepare)


def _person(crew: Fields) -> Iterator[IdentityValue]:
    """E-mail, phone, birth date, reading, and the name of the register and the one used at work."""
    for kind, field in (("email", "email"), ("phone", "tel_number"), ("birth_date", "birth_at")):
        if crew.get(field):
            yield kind, crew[field]
    for kind, form in (
        ("name", "{}_name"),
        ("name", "business_{}_name"),
        ("kana", "{}_name_yomi"),
    ):
        parts = [crew.get(form.format(part)) or "" for part in ("last", "first")]
        if all(parts):
            yield kind, "".join(parts)


SOURCE = Source(
    name="smarthr",
    title="SmartHR",
    options_model=SmarthrOptions,
    reader=HttpApi(
        title="SmartHR",
        base_url="",
        auth=_auth,
        paginate=counted_pages("x-total-count", PAGE_SIZE),
        query=_query,
        rate=RateHeaderSets(
            tuple(
                RateHeaders(f"{kind}-limit", f"{kind}-remaining", f"{kind}-reset", form="seconds")
                for kind in ("x-rate-limit", "x-intensive-rate-limit")
            )
        ),
    ),
    streams=(
        Stream(
            "crews",
            path="/v1/crews",
            params={"fields": ",".join(ASKED)},
            fields=STORED,
            identity=_person,
            keyed=True,
            erase=without(""),  # of the person keys alone are kept
            complete=True,
            required_scope="reading of 従業員情報, in a plan that has the API",
            adapt=_crew,
        ),
    ),
)
