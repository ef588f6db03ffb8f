"""What an employer's own systems show of the truth at one clock."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from tests.oracle.clock import jst_date
from tests.oracle.removals import removed
from tests.oracle.shown import shown
from tests.oracle.staff import seen
from tests.oracle.statements import Cost, Hire
from tests.oracle.truth import Candidate, Job, Response, Truth

Statement = TypeVar("Statement")


def at(truth: Truth, clock: datetime, runs: Sequence[datetime] = ()) -> Truth:
    """The part of ``truth`` that sources show when their clock reads ``clock``.

    ``runs``: the clocks of the runs before this one, for what only runs can see pass.
    """

    def stated(
        lines: Iterable[Statement], key: Callable[[Statement], Hashable]
    ) -> tuple[Statement, ...]:
        return newest(lines, key, clock)

    view = replace(
        truth,
        contracts=stated(truth.contracts, lambda c: c.contract_id),
        candidates=tuple(
            _candidate_at(c, clock) for c in truth.candidates if c.created_at <= clock
        ),
        jobs=tuple(_job_at(j, clock) for j in truth.jobs if j.status_open_from <= clock),
        applications=tuple(a for a in truth.applications if a.applied_at <= clock),
        events=tuple(
            sorted((e for e in truth.events if e.at <= clock), key=lambda event: event.at)
        ),
        responses=tuple(_response_at(r, clock) for r in truth.responses if r.visible_at <= clock),
        mail_events=tuple(e for e in truth.mail_events if e.visible_at <= clock),
        registration_events=stated(truth.registration_events, lambda e: e.key),
        counted_statements=stated(truth.counted_statements, lambda line: line.key),
        slot_statements=stated(truth.slot_statements, lambda line: line.key),
        introductions=stated(truth.introductions, lambda i: i.key),
        joins=stated(truth.joins, lambda join: join.key),
        attestations=stated(truth.attestations, lambda a: (a.company_id, a.join_id, a.month)),
        employees=tuple(
            found for one in truth.employees if (found := seen(one, jst_date(clock))) is not None
        ),
        hires=tuple(newest_of(h for h in truth.hires if h.published_at <= clock)),
        costs=tuple(newest_of(c for c in truth.costs if c.published_at <= clock)),
        fee_terms=stated(truth.fee_terms, lambda terms: (terms.company_id, terms.valid_from)),
        clock=clock,
    )
    return shown(removed(view, runs), [*runs, clock])


def newest(
    lines: Iterable[Statement], key: Callable[[Statement], Hashable], clock: datetime
) -> tuple[Statement, ...]:
    """The line in force of each key at ``clock``.

    A later month's file restates an earlier one, whenever the earlier one is corrected; lines
    without a month are restated by what is published later.
    """
    found: dict[Hashable, Statement] = {}
    for line in lines:
        known = found.get(key(line))
        if _is_published(line, clock) and (known is None or _order(known) <= _order(line)):
            found[key(line)] = line
    return tuple(found.values())


Versioned = TypeVar("Versioned", Hire, Cost)


def newest_of(versions: Iterable[Versioned]) -> Iterable[Versioned]:
    """The newest published version of each hire or item of cost."""
    ordered = sorted(versions, key=lambda version: version.published_at)
    return {version.key: version for version in ordered}.values()


def _is_published(line: Any, clock: datetime) -> bool:
    return line.published_at is None or bool(line.published_at <= clock)


def _order(line: Any) -> tuple[str, str]:
    published_at = line.published_at
    return getattr(line, "month", ""), published_at.isoformat() if published_at else ""


def _candidate_at(candidate: Candidate, clock: datetime) -> Candidate:
    """The candidate under a person of its own while the ATS has an address nobody uses."""
    known_at = candidate.person_known_at
    if known_at is None or known_at <= clock:
        return candidate
    return replace(candidate, person_id=f"{candidate.person_id}?{candidate.candidate_id}")


def _job_at(job: Job, clock: datetime) -> Job:
    closed = job.status_closed_at
    return job if closed is None or closed <= clock else replace(job, status_closed_at=None)


def _response_at(response: Response, clock: datetime) -> Response:
    """The response without the answers not given yet and without ties that nothing shows yet."""
    submitted = response.submitted_at
    partial = response.partial_at
    shown = replace(
        response,
        submitted_at=submitted if submitted is not None and submitted <= clock else None,
        partial_at=partial if partial is not None and partial <= clock else None,
    )
    known_at = response.match_known_at
    if known_at is None or known_at <= clock:
        return shown
    return replace(shown, match_method=None, match_application_id=None, match_candidate_ids=())
