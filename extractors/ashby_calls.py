"""Reading over Ashby's calls: everything once, then what changed since a token.

A list that supports it gives a ``syncToken`` with the last page, and with the token the next scan
is shown only what changed. Whether a list does so is seen from its answers, never assumed: without
a token every scan is a full one, of which the landing keeps what is new. No answer tells of deleted
records, so a full scan (the first, those of ``full_scan_days``, those of lists without a token)
deletes what it no longer shows.

Errors come with HTTP 200 and ``success`` false. None of them is ever an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import Field

from extractors.answers import Answer, masked
from extractors.api import PARENTS_PER_BATCH, ApiOptions, HttpApi, iso
from extractors.errors import PermissionMissing, SourceError
from extractors.http import Client
from extractors.pacing import TokenBucket
from extractors.paginate import WrongAnswer, checked, shape
from extractors.stream import (
    Batch,
    Fields,
    Page,
    Record,
    Scan,
    State,
    narrowed,
    parse_time,
)

TOKEN_REFUSED = ("sync_token_expired", "sync_token_invalid", "incremental_sync_too_large")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{2,60}")


class AshbyOptions(ApiOptions):
    """``start_date``, ``window_days`` and ``lag_minutes`` have no effect: lists cannot be asked
    for by the time of a change, so everything is read."""

    start_date: date = date(2000, 1, 1)
    page_size: int = Field(default=100, ge=1, le=100)
    full_scan_days: int = Field(default=7, ge=1, le=366)
    """Days after which a list is read in full again, to see what was deleted."""
    history_per_minute: int = Field(default=100, ge=1, le=100_000)
    """Requests per minute for stage histories; Ashby documents 100."""
    missing_codes: tuple[str, ...] = ("application_not_found",)
    """Error codes that say that an application was deleted since it was listed."""
    full_scan_codes: tuple[str, ...] = TOKEN_REFUSED
    """Error codes that say that a token is of no use any more: the list is read in full at once."""


class Gone(Exception):
    """What was asked for exists no more."""


class TokenRefused(Exception):
    """The token of the last scan is of no use any more; the text is the vendor's code."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Reads every stream of Ashby.

    unpaged  paths that answer with everything and take no ``limit``
    each     path -> the path of the list, and the parameter's name, by whose every record it is
             asked: lists that exist only as parts of another
    """

    api: HttpApi
    unpaged: frozenset[str] = frozenset()
    each: dict[str, tuple[str, str]] = field(default_factory=dict)

    def batches(self, scan: Scan) -> Iterator[Batch]:
        """One batch of what changed or of everything; for the children of another stream one per
        so many of its changed records. A token that is refused half-way is followed by a full scan:
        what it had shown stays, and the state has not moved."""
        if scan.stream.parent:
            yield from self._children(scan)
            return
        calls = self._opened(scan)
        state = dict(scan.state or {})
        if state.get("sync_token"):
            changes = calls.changes(state)
            if changes:
                yield changes
            if not calls.refused:
                return
            scan.notice(
                f"{scan.where}: {self.api.title} asks for a full scan ({calls.refused}); "
                "reading everything"
            )
        yield calls.everything()

    def _opened(self, scan: Scan) -> _Calls:
        client = Client(self.api.channel(scan), scan)
        options = narrowed(scan.connection.options, AshbyOptions)
        return _Calls(self, client, scan, options)

    def _children(self, scan: Scan) -> Iterator[Batch]:
        """What each changed parent holds; the position of the last parent is the state."""
        options = narrowed(scan.connection.options, AshbyOptions)
        burst = max(1, options.history_per_minute // 25)
        rate = TokenBucket((options.history_per_minute - burst) / 60 or 1 / 60, burst)
        calls = replace(self, api=replace(self.api, rate=rate, lane="history"))._opened(scan)
        position = (scan.state or {}).get("parents", 0)
        while parents := scan.changed(scan.stream.parent, position, PARENTS_PER_BATCH):
            position = parents[-1][0]
            yield Batch(
                f"{len(parents)} changed {scan.stream.parent}",
                calls.of_parents([record_id for _, record_id in parents]),
                {"parents": position},
            )


@dataclass(slots=True)
class _Calls:
    """The calls of one scan. ``refused``: why the token was of no use, empty if it was."""

    how: Calls
    client: Client
    scan: Scan
    options: AshbyOptions
    refused: str = ""

    def changes(self, state: State) -> Batch | None:
        """What changed since the state's token; None when everything has to be read instead."""
        query = {**self._query(), "syncToken": state["sync_token"]}
        try:
            first = self._ask(query)
        except TokenRefused as refused:
            self.refused = str(refused)
            return None
        now = self._now(first)
        if now >= parse_time(state["scanned_at"]) + timedelta(days=self.options.full_scan_days):
            self.refused = f"the last one was {state['scanned_at']}"
            return None
        return Batch("changes", self._until_refused(first, query, state), state, now)

    def everything(self) -> Batch:
        """All records there are, and the token that they come with, if any."""
        if self.scan.stream.path in self.how.each:
            return Batch("all", self._of_each(), {}, complete=True)
        query = self._query()
        first = self._ask(query)
        now = self._now(first)
        state: State = {"scanned_at": iso(now)}
        pages = self._trusted(self._pages(first, query, state))
        return Batch("all", pages, state, now, complete=True)

    def of_parents(self, parents: list[str]) -> Iterator[Page]:
        """The records of each parent, with its id; none for one that was deleted meanwhile."""
        for parent in parents:
            query = {
                name: value.format(parent=parent) for name, value in self.scan.stream.params.items()
            }
            try:
                first = self._ask(query)
            except Gone:
                continue
            for page in self._trusted(self._pages(first, query, {})):
                yield Page([{**_fields(record), "parent_id": parent} for record in page.records])

    def _of_each(self) -> Iterator[Page]:
        """The lists of every record of another list."""
        path, name = self.how.each[self.scan.stream.path]
        query = {"limit": self.options.page_size, "includeArchived": True}
        owners = self._trusted(self._pages(self._ask(query, path), query, {}, path))
        for owner in [record for page in owners for record in page.records]:
            part = {name: owner["id"]}
            yield from self._trusted(self._pages(self._ask(part), part, {}))

    def _until_refused(self, first: Answer, query: Fields, state: State) -> Iterator[Page]:
        try:
            yield from self._trusted(self._pages(first, query, state))
        except TokenRefused as refused:
            self.refused = str(refused)

    def _trusted(self, pages: Iterator[Page]) -> Iterator[Page]:
        try:
            yield from pages
        except WrongAnswer as wrong:
            raise self.client.error(
                f"served a page that cannot be trusted: {wrong}",
                "run again; if it stays, the vendor's API has changed",
            ) from None

    def _pages(self, answer: Answer, query: Fields, state: State, path: str = "") -> Iterator[Page]:
        """The pages from a first answer on; the last one's token goes into the state."""

        def answers() -> Iterator[list[Record]]:
            current, before = answer, None
            while True:
                body = current.body
                yield _listed(body)
                if not body.get("moreDataAvailable"):
                    break
                cursor = body.get("nextCursor")
                if not cursor or cursor == before:
                    raise WrongAnswer("more data, and no further cursor")
                before = cursor
                current = self._ask({**query, "cursor": cursor}, path)
            if body.get("syncToken"):
                state["sync_token"] = body["syncToken"]

        for records in checked(answers(), self.scan.stream):
            yield Page(records)

    def _query(self) -> Fields:
        stream = self.scan.stream
        limit = {} if stream.path in self.how.unpaged else {"limit": self.options.page_size}
        return {**limit, **{name: value == "true" for name, value in stream.params.items()}}

    def _ask(self, query: Fields, path: str = "") -> Answer:
        """A successful answer. Raises TokenRefused, Gone, PermissionMissing and SourceError."""
        answer = self.client.get(path or self.scan.stream.path, query)
        body = answer.body
        if not isinstance(body, dict) or not isinstance(body.get("success"), bool):
            raise self.client.error(
                f"answered with {shape(body)} instead of an object with success",
                "check host of the connection; if it stays, the vendor's API has changed",
            )
        if not body["success"]:
            raise self._failure(body)
        return answer

    def _failure(self, body: Fields) -> Exception:
        code, said = _reason(body)
        where, title = self.scan.where, self.how.api.title
        if code in self.options.full_scan_codes:
            return TokenRefused(code)
        if self.scan.stream.parent and code in self.options.missing_codes:
            return Gone(code)
        if "permission" in code.lower():
            return PermissionMissing(
                f"{where}: {title} refuses this list ({code}); it needs the permission "
                f"{self.scan.stream.required_scope}. Remedy: grant it to the API key of connection "
                f"id {self.scan.connection.conn_id!r}."
            )
        return SourceError(
            f"{where}: {title} answered HTTP 200 with success false ({code}{said}). Remedy: run "
            "again; if it stays, look the code up in Ashby's API reference."
        )

    def _now(self, answer: Answer) -> datetime:
        if answer.date is None:
            raise self.client.error(
                "answered without a Date header, so the age of a full scan cannot be told",
                "let proxies between us and the vendor pass the header on",
            )
        return answer.date


def _reason(body: Fields) -> tuple[str, str]:
    """(code, what is said, masked) of an answer without success: errorInfo, or else errors."""
    info = body.get("errorInfo")
    if isinstance(info, dict):
        code, words = info.get("code"), info.get("message")
    else:
        listed = body.get("errors")
        code = words = listed[0] if isinstance(listed, list) and listed else None
    known = isinstance(code, str) and _CODE.fullmatch(code)
    said = f", {masked(words)}" if isinstance(words, str) and words != code else ""
    return (str(code) if known else "no code"), said


def _listed(body: Fields) -> list[Record]:
    results = body.get("results")
    if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
        raise WrongAnswer(f"expected a list of records under results, got {shape(results)}")
    return results


def _fields(record: Any) -> Fields:
    return dict(record)
