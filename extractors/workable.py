"""Workable, SPI v3.

Facts (https://workable.readme.io): lists come in pages of at most 100, older records first; the
next page is a whole URL in ``paging.next``, and on the last page ``paging`` is absent. A candidate
is one application: who applies twice, is copied or relocated, is two candidates. ``updated_after``
has no upper bound. A limit counts 10 requests in rolling 10 seconds; ``x-rate-limit-reset`` is in
epoch seconds. The list of disqualification reasons is bare; the offer of a candidate without one
is answered with nothing but the candidate. Nothing tells of deleted candidates.

Not published, so assumed: an activity ``disqualified`` says with ``withdrew`` that the candidate
withdrew, and what it does not say so of was rejected (``withdrawn_reasons`` names reasons that
mean a withdrawal, for accounts where it does not); ``target_stage`` of an activity is the stage
that it leads to; lists of jobs show every state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from extractors.api import ApiOptions, HttpApi, Window, iso
from extractors.auth import BearerKey
from extractors.credentials import Credentials
from extractors.erasure import without
from extractors.errors import CredentialsError
from extractors.pacing import RateHeaders
from extractors.paginate import Get, Query, WrongAnswer, shape
from extractors.stream import (
    Connection,
    Cursor,
    Fields,
    IdentityValue,
    Record,
    Scan,
    Source,
    Stream,
    narrowed,
)

LISTS = frozenset({"activities", "candidates", "jobs", "members", "stages"})


class WorkableOptions(ApiOptions):
    """``window_days`` has no effect: a scan is one window, as its filter has no upper bound."""

    page_size: int = Field(default=100, ge=1, le=100)
    withdrawn_reasons: tuple[str, ...] = ()
    """Disqualification reasons that mean that the candidate withdrew."""


def _auth(connection: Connection, credentials: Credentials) -> BearerKey:
    if not credentials.host:
        raise CredentialsError(
            f"{connection.name}: connection id {connection.conn_id!r} has no host. Remedy: store "
            "https://<subdomain>.workable.com as its host."
        )
    return BearerKey(connection, credentials)


def _paged(get: Get, first: Mapping[str, Any]) -> Iterator[list[Record]]:
    """Pages linked by ``paging.next``, of which only the query is used, on our own address: the
    token goes nowhere else."""
    query: Query | None = first
    while query is not None:
        body = get(query).body
        yield _records(body)
        following = body.get("paging") if isinstance(body, dict) else None
        link = following.get("next") if isinstance(following, dict) else None
        query = urlsplit(link).query if link else None
        if query == "":
            raise WrongAnswer("a next link without a query")


def _records(body: Any) -> list[Record]:
    """A page's records: a bare list, the one list of an object, or the offer of a candidate."""
    listed = body
    if isinstance(body, dict):
        names = sorted(LISTS & body.keys())
        if not names and isinstance(body.get("candidate"), dict):
            return [_offer(body)] if body.keys() != {"candidate"} else []
        listed = body[names[0]] if len(names) == 1 else None
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise WrongAnswer(f"expected a list of records, got {shape(body)}")
    return listed


def _offer(body: Fields) -> Fields:
    """An offer under the id of its candidate, who has one at most."""
    return {
        "id": body["candidate"].get("id"),
        "state": body.get("state"),
        "created_at": body.get("created_at"),
    }


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    limit = {"limit": str(narrowed(scan.connection.options, WorkableOptions).page_size)}
    if window is None:
        return {} if scan.stream.parent else limit
    return limit | {"updated_after": iso(window.lower)}


def _person(candidate: Fields) -> Iterator[IdentityValue]:
    """E-mail address, phone number and family + given name; nothing of an anonymised one."""
    if candidate.get("anonymized"):
        return
    for kind in ("email", "phone"):
        if candidate.get(kind):
            yield kind, candidate[kind]
    name = f"{candidate.get('lastname') or ''}{candidate.get('firstname') or ''}"
    if name:
        yield "name", name


def _candidate(stream: Stream, options: BaseModel) -> Stream:
    """The stream that knows which reasons mean a withdrawal."""
    withdrawn = frozenset(narrowed(options, WorkableOptions).withdrawn_reasons)

    def prepare(record: Fields) -> Fields:
        reason = record.get("disqualification_reason")
        return {
            **record,
            "job_shortcode": (record.get("job") or {}).get("shortcode"),
            "withdrew_by_reason": reason in withdrawn,
        }

    return replace(stream, prepare=prepare)


def _job(record: Fields) -> Fields:
    location = record.get("location") or {}
    place = location.get("location_str") or location.get("city")
    return {**record, "place": place}


def _stream(name: str, path: str, scope: str, fields: str, **more: Any) -> Stream:
    stored = frozenset(fields.split())
    return replace(
        Stream(name, path=f"/spi/v3/{path}", fields=stored, required_scope=scope), **more
    )


SOURCE = Source(
    name="workable",
    title="Workable",
    options_model=WorkableOptions,
    reader=HttpApi(
        title="Workable",
        base_url="",
        auth=_auth,
        paginate=_paged,
        query=_query,
        rate=RateHeaders("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"),
    ),
    streams=(
        _stream(
            "candidates",
            "candidates",
            "r_candidates",
            "id created_at updated_at firstname lastname email phone job_shortcode stage "
            "stage_kind disqualified disqualification_reason withdrew_by_reason anonymized "
            "sourced hired_at moved_to_offer_at common_source",
            cursor=Cursor("updated_at", open_ended=True),
            identity=_person,
            erase=without("firstname lastname email phone"),
            anonymised=lambda candidate: bool(candidate.get("anonymized")),
            adapt=_candidate,
        ),
        _stream(
            "activities",
            "candidates/{parent}/activities",
            "r_candidates",
            "id parent_id action stage_name target_stage created_at withdrew",
            parent="candidates",
        ),
        # asked only of candidates who were ever moved to an offer
        _stream(
            "offers",
            "candidates/{parent}/offer",
            "r_candidates",
            "id parent_id state created_at",
            parent="candidates",
            parent_with="moved_to_offer_at",
        ),
        _stream(
            "jobs",
            "jobs",
            "r_jobs",
            "id title shortcode code state department employment_type place created_at",
            key=("shortcode",),
            prepare=_job,
        ),
        _stream(
            "job_stages",
            "jobs/{parent}/stages",
            "r_jobs",
            "parent_id slug name kind position",
            key=("parent_id", "slug"),
            parent="jobs",
        ),
        _stream("stages", "stages", "r_jobs", "slug name kind position", key=("slug",)),
        _stream(
            "disqualification_reasons", "disqualification_reasons", "r_candidates", "id name type"
        ),
        _stream("members", "members", "r_jobs", "id role active"),
    ),
)
