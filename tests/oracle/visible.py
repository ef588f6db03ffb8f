"""What an employer's own systems show of the truth at one clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from tests.oracle.truth import Cost, Hire, Introduction, Job, Response, Truth


def at(truth: Truth, clock: datetime) -> Truth:
    """The part of ``truth`` that sources show when their clock reads ``clock``."""
    return replace(
        truth,
        contracts=tuple(c for c in truth.contracts if _published(c.published_at, clock)),
        candidates=tuple(c for c in truth.candidates if c.created_at <= clock),
        jobs=tuple(_job_at(j, clock) for j in truth.jobs if j.status_open_from <= clock),
        applications=tuple(a for a in truth.applications if a.applied_at <= clock),
        events=tuple(
            sorted((e for e in truth.events if e.at <= clock), key=lambda event: event.at)
        ),
        responses=tuple(_response_at(r, clock) for r in truth.responses if r.visible_at <= clock),
        introductions=tuple(
            newest_versions(i for i in truth.introductions if i.published_at <= clock)
        ),
        joins=tuple(j for j in truth.joins if j.published_at <= clock),
        attestations=tuple(a for a in truth.attestations if a.published_at <= clock),
        hires=tuple(newest_of(h for h in truth.hires if h.published_at <= clock)),
        costs=tuple(newest_of(c for c in truth.costs if c.published_at <= clock)),
        fee_terms=tuple(t for t in truth.fee_terms if t.published_at <= clock),
        clock=clock,
    )


def newest_versions(versions: Iterable[Introduction]) -> Iterable[Introduction]:
    """One version of each introduction: a later statement restates an earlier one."""
    newest: dict[str, Introduction] = {}
    for version in versions:
        known = newest.get(version.key)
        if known is None or known.published_at <= version.published_at:
            newest[version.key] = version
    return newest.values()


Versioned = TypeVar("Versioned", Hire, Cost)


def newest_of(versions: Iterable[Versioned]) -> Iterable[Versioned]:
    """The newest published version of each hire or item of cost."""
    ordered = sorted(versions, key=lambda version: version.published_at)
    return {version.key: version for version in ordered}.values()


def _published(published_at: datetime | None, clock: datetime) -> bool:
    return published_at is None or published_at <= clock


def _job_at(job: Job, clock: datetime) -> Job:
    closed = job.status_closed_at
    return job if closed is None or closed <= clock else replace(job, status_closed_at=None)


def _response_at(response: Response, clock: datetime) -> Response:
    """The response without the answers that its sender has not given yet."""
    submitted = response.submitted_at
    partial = response.partial_at
    return replace(
        response,
        submitted_at=submitted if submitted is not None and submitted <= clock else None,
        partial_at=partial if partial is not None and partial <= clock else None,
    )
