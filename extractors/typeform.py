"""Typeform Responses API: registrations that were started, left half-way, or completed.

Facts (https://www.typeform.com/developers/responses/reference/retrieve-responses/): page_size is
25 unless asked, 1000 at most; ``response_type`` decides which time since/until (inclusive, UTC)
filter; ``before`` is the token of a response, exclusive, and goes back in time. Answers of about
the last 30 minutes may be missing, so that much is read again each time.

A webhook holds the same response without ``metadata``, under ``form_response``; its ``token`` is
the ``response_id``. Event types: ``form_response`` (completed), ``form_response_partial``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import BaseModel, Field

from extractors.api import ApiOptions, HttpApi, Window, iso
from extractors.auth import BearerKey
from extractors.clients import client
from extractors.inbox import InboxOptions
from extractors.paginate import before_token
from extractors.stream import (
    Cursor,
    Fields,
    IdentityValue,
    InboxEvent,
    Scan,
    Source,
    Stream,
    Unpack,
    narrowed,
)
from warehouse import hmac_key

STORED = frozenset(
    {"response_id", "token", "response_type", "landed_at", "staged_at", "submitted_at"}
    | {"hidden", "calculated", "variables", "answers", "client"}
)
"""All but ``metadata``: of a person's browser and network only the classes in ``client`` stay."""

CHOSEN = ("boolean", "choice", "choices")
"""Types of answers that say nothing of who gave them, unless they are asked for as identity."""
WRITTEN = frozenset({"calculated", "variables"})
KEPT_HIDDEN = ("token", "consent_version", "form_version")

IDENTITY = ("name", "kana", "email", "phone", "birth_date")


class TypeformOptions(ApiOptions, InboxOptions):
    """``fields`` maps what an answer means to the ref of its question, where they differ."""

    form_id: str | None = None
    page_size: int = Field(default=1000, ge=1, le=1000)
    lag_minutes: int = Field(default=30, ge=0, le=10_080)
    fields: Mapping[str, str] = Field(default_factory=dict)


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    options = narrowed(scan.connection.options, TypeformOptions)
    query = {"page_size": str(options.page_size)}
    if window is None:
        return query
    query["since"] = iso(window.lower)
    return query | {"until": iso(window.upper)} if window.upper else query


def answer_value(answer: Mapping[str, object]) -> str | None:
    """An answer's value, which stands under the key that its type names; None if it is no text."""
    value = answer.get(str(answer.get("type")))
    return value if isinstance(value, str) and value else None


def _ref(answer: Mapping[str, Any]) -> str:
    return str((answer.get("field") or {}).get("ref"))


def _read_answers(stream: Stream, options: BaseModel) -> Stream:
    """The stream with the person's answers found by this form's refs, and their network."""
    refs = narrowed(options, TypeformOptions).fields
    kinds = {refs.get(kind, kind): kind for kind in IDENTITY}

    def person(response: Fields) -> Iterator[IdentityValue]:
        for answer in response.get("answers") or ():
            kind = kinds.get(_ref(answer))
            value = answer_value(answer)
            if kind and value:
                yield kind, value
        if network := (response.get("client") or {}).get("network_key"):
            yield "network", network

    def erase(response: Fields) -> Fields:
        """Of answers that may name somebody stays which question they answered."""
        answers = [
            answer
            if answer.get("type") in CHOSEN and _ref(answer) not in kinds
            else {name: answer[name] for name in ("field", "type") if name in answer}
            for answer in response.get("answers") or ()
        ]
        hidden = response.get("hidden") or {}
        client = {**(response.get("client") or {})}
        client.pop("network_key", None)
        parts = {
            "answers": answers,
            "hidden": {name: hidden[name] for name in KEPT_HIDDEN if name in hidden},
            "client": client,
        }
        kept = {name: value for name, value in response.items() if name not in WRITTEN}
        return kept | {name: part for name, part in parts.items() if name in response}

    return replace(stream, identity=person, erase=erase, prepare=_classed())


def _classed() -> Callable[[Fields], Fields]:
    """What adds the client's classes to a response that has metadata; asks for the key once."""
    key = cache(hmac_key)

    def prepare(response: Fields) -> Fields:
        metadata = response.get("metadata")
        return {**response, "client": client(metadata, key())} if metadata else response

    return prepare


def _from_webhook(kind: str, event_type: str) -> Unpack:
    """The response of a webhook of one type, as the list of that kind shows it."""

    def unpack(event: InboxEvent) -> Iterable[Fields]:
        body = event.json()
        if body["event_type"] == event_type:
            response = body["form_response"]
            yield {**response, "response_id": response["token"], "response_type": kind}

    return unpack


def _stream(kind: str, cursor: str, event_type: str = "") -> Stream:
    return Stream(
        f"responses_{kind}",
        path="/forms/{form_id}/responses",
        params={"response_type": kind},
        key=("response_id",),
        cursor=Cursor(cursor),
        fields=STORED,
        required_scope="responses:read",
        adapt=_read_answers,
        inbox=_from_webhook(kind, event_type) if event_type else None,
    )


SOURCE = Source(
    name="typeform",
    title="Typeform",
    options_model=TypeformOptions,
    reader=HttpApi(
        title="Typeform",
        base_url="https://api.typeform.com",
        auth=BearerKey,
        paginate=before_token,
        query=_query,
    ),
    streams=(
        _stream("completed", "submitted_at", "form_response"),
        _stream("partial", "staged_at", "form_response_partial"),
        _stream("started", "landed_at"),
    ),
)
