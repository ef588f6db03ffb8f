"""The check of one stream: what is new, what breaks a rule, what follows.

All that a check writes is one transaction per stream, so a check killed at any point has either
happened or not, and running it again is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from expectations import batch, quarantine, results, volume
from expectations.batch import HELD_ROWS, NEW_ROWS, Span, Stream
from expectations.errors import DisagreementError, GateError, describe
from expectations.locks import exclusive
from expectations.results import Finding, StreamResult, counted
from expectations.rules import Rule
from expectations.seeds import Seeds, shown
from expectations.suites import Suite, suite_for

if TYPE_CHECKING:
    from expectations.gx import Outcome, Session

_CODES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """What the checks of a connection's streams have in common.

    session       an autocommit session of relay_loader
    expectations  gives the Great Expectations session, made at its first use
    accept_batch  a person has looked at a batch that was stopped and takes it as it is
    """

    session: psycopg.Connection
    expectations: Callable[[], Session]
    run_id: str
    report: Callable[[str], None]
    seeds: Seeds = field(default_factory=Seeds)
    accept_batch: bool = False

    def stream(self, stream: Stream) -> StreamResult:
        """Check one stream and record the result. What goes wrong stops this stream only.

        Raises GateError when no stream could be checked, psycopg.OperationalError when the
        session is lost.
        """
        with exclusive(self.session, stream, self.report) as landing_paused:
            try:
                return _StreamCheck(self, stream, landing_paused).run()
            except GateError:
                raise
            except psycopg.Error as error:
                if self.session.broken:
                    raise
                return self._failed(stream, error)
            except Exception as error:
                return self._failed(stream, error)

    def _failed(self, stream: Stream, error: Exception) -> StreamResult:
        """The stream could not be checked, so nothing of it passes."""
        missing = isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn)
        remedy = (
            "run `python -m warehouse migrate`"
            if missing or isinstance(error, psycopg.errors.InsufficientPrivilege)
            else f"run `python -m expectations check {stream.connection} --stream {stream.name}` "
            "again; if it stays, this is a defect of the gate"
        )
        result = _stopped(
            stream, f"{stream.where}: could not be checked: {describe(error)}. Remedy: {remedy}."
        )
        with suppress(psycopg.errors.UndefinedTable), self.session.transaction():
            results.write(self.session, self.run_id, result)
        return result


@dataclass(slots=True)
class _StreamCheck:
    check: Check
    stream: Stream
    landing_paused: bool

    def run(self) -> StreamResult:
        session, stream = self.check.session, self.stream
        span = batch.span(session, stream)
        suite = suite_for(stream.source, stream.name).bounded(span.observed_at)
        size = volume.of_files(session, stream)
        new = batch.project_new(session, stream, suite, self.check.seeds, span)
        held = batch.project_held(session, stream, suite, self.check.seeds)
        outcomes = self._outcomes(suite, new)
        findings = self._findings(suite, outcomes, new)
        causes = self._reasons_to_stop(findings, size)
        if causes and not self.check.accept_batch:
            return self._stop(causes, findings, new)
        facts: dict[str, Any] = {
            "after_seq": span.after,
            "upto_seq": span.upto,
            "observed_at": span.observed_at.isoformat() if span.observed_at else None,
        }
        if size is not None:
            facts["file_rows"] = size.rows
        if held and not self.landing_paused:
            facts["not_reevaluated"] = held
        drift = batch.drift(session, stream, suite, span) if new else {}
        with session.transaction():
            result = self._take(span, suite.rules, findings, new, held)
            unstored = batch.new_fields(session, stream, self.check.run_id)
            result = replace(result, drift=drift | unstored, facts=facts)
            result = replace(result, message=_message(result, span, causes))
            results.write(session, self.check.run_id, result)
        return result

    def _outcomes(self, suite: Suite, new: int) -> Sequence[Outcome]:
        """Great Expectations on the new rows; without rows there is nothing it could say."""
        if not new:
            return ()
        return self.check.expectations().evaluate(NEW_ROWS, new, suite.rules, self.check.seeds)

    def _findings(self, suite: Suite, outcomes: Sequence[Outcome], new: int) -> list[Finding]:
        if not new:
            return []
        counts = quarantine.count_violations(
            self.check.session, NEW_ROWS, suite.rules, self.check.seeds
        )
        rules = {rule.name: rule for rule in suite.rules}
        return [self._finding(outcome, rules.get(outcome.rule), counts) for outcome in outcomes]

    def _finding(self, outcome: Outcome, rule: Rule | None, counts: dict[str, int]) -> Finding:
        """An outcome with its rule's words. The quarantine is written from SQL; a rule on which
        Great Expectations counts differently is a defect and must not pass unseen."""
        if outcome.error or (rule and counts[rule.name] != outcome.failed):
            raise DisagreementError(
                f"rule {outcome.rule}: the expectation "
                + (f"raised {outcome.error}" if outcome.error else f"found {outcome.failed} rows")
                + (f", the quarantine {counts[rule.name]}" if rule else "")
            )
        codes: dict[str, int] = {}
        if rule and rule.codes and outcome.failed:
            codes = quarantine.unmapped_codes(self.check.session, NEW_ROWS, rule, self.check.seeds)
        return Finding(
            rule=outcome.rule,
            expectation=outcome.expectation,
            critical=outcome.critical,
            success=outcome.success,
            checked=outcome.checked,
            failed=outcome.failed,
            message=rule.message if rule else "",
            remedy=rule.remedy if rule else "",
            record_ids=outcome.record_ids,
            codes=tuple((shown(code), count) for code, count in codes.items()),
        )

    def _reasons_to_stop(
        self, findings: Sequence[Finding], size: volume.Volume | None
    ) -> list[str]:
        causes = [
            f"expected {finding.rule}, {finding.failed} of {finding.checked} new rows differ"
            for finding in findings
            if finding.critical and not finding.success
        ]
        if size is not None and size.collapsed:
            causes.append(
                f"expected about {size.usual:.0f} rows as in the files before, the newest file "
                f"has {size.rows}"
            )
        return causes

    def _stop(self, causes: Sequence[str], findings: Sequence[Finding], new: int) -> StreamResult:
        stream = self.stream
        result = _stopped(
            stream,
            f"{stream.where}: stopped: {'; '.join(causes)}. Nothing new of this stream reaches the "
            "marts. Remedy: find out what changed at the source and run the stream again; or, if "
            f"it is right, `python -m expectations check {stream.connection} "
            f"--stream {stream.name} --accept-batch`.",
        )
        result = replace(
            result,
            rows_checked=new,
            held=quarantine.open_records(self.check.session, stream),
            findings=tuple(findings),
        )
        with self.check.session.transaction():
            results.write(self.check.session, self.check.run_id, result)
        return result

    def _take(
        self,
        span: Span,
        rules: Sequence[Rule],
        findings: Sequence[Finding],
        new: int,
        held: int,
    ) -> StreamResult:
        """Quarantine, release, repair, move the watermark; inside the caller's transaction."""
        session, stream, run_id = self.check.session, self.stream, self.check.run_id
        failing = {f.rule for f in findings if f.failed and not f.critical}
        for rule in rules:
            if rule.name in failing:
                quarantine.hold(session, stream, NEW_ROWS, rule, self.check.seeds, run_id)
        if failing:
            waived = quarantine.waived_among_new(session, stream)
            findings = [
                f if f.critical else replace(f, waived=waived.get(f.rule, 0)) for f in findings
            ]
        released = 0
        if held and self.landing_paused:
            quarantine.close_passing(session, stream, rules, self.check.seeds, run_id)
            for rule in rules:
                quarantine.hold(session, stream, HELD_ROWS, rule, self.check.seeds, run_id)
            released = quarantine.append_freed(session, stream, run_id)
        upto = self._last_seq(span) if released else span.upto
        repaired = 0
        if held or failing:
            repaired = quarantine.mark_repaired(session, stream, upto, run_id)
        quarantined = quarantine.held_by_new(session, stream) if failing else 0
        results.move_watermark(session, stream, run_id, upto, span.observed_at)
        return StreamResult(
            connection=stream.connection,
            source=stream.source,
            stream=stream.name,
            rows_checked=new,
            rows_quarantined=quarantined,
            success=not quarantined,
            stopped=False,
            message="",
            held=quarantine.open_records(session, stream),
            released=released,
            repaired=repaired,
            findings=tuple(findings),
        )

    def _last_seq(self, span: Span) -> int:
        """Past the released copies, which were checked before they were appended. Nobody else
        appended meanwhile, as landings are kept out."""
        row = self.check.session.execute(
            sql.SQL("select max(seq) from {} where connection = %s").format(self.stream.raw),
            [self.stream.connection],
        ).fetchone()
        return max(span.upto, row[0] or 0) if row else span.upto


def _stopped(stream: Stream, message: str) -> StreamResult:
    return StreamResult(
        connection=stream.connection,
        source=stream.source,
        stream=stream.name,
        rows_checked=0,
        rows_quarantined=0,
        success=False,
        stopped=True,
        message=message,
    )


def _message(result: StreamResult, span: Span, accepted: Sequence[str]) -> str:
    """What happened, in one line."""
    where = result.where
    if not span.landed and not result.rows_checked:
        return f"{where}: nothing has landed yet, so there was nothing to check"
    parts = [] if result.rows_checked else ["no new rows"]
    parts += [f"accepted by hand: {cause}" for cause in accepted]
    parts += [
        _held_back(finding)
        for finding in result.findings
        if finding.failed > finding.waived and not finding.critical
    ]
    if waived := sum(finding.waived for finding in result.findings if finding.failed):
        parts.append(f"{waived} waived before, let through")
    if result.released:
        parts.append(f"{counted(result.released, 'record')} released by the present rules")
    if result.repaired:
        parts.append(f"{counted(result.repaired, 'entry', 'entries')} repaired by newer versions")
    if waiting := result.facts.get("not_reevaluated"):
        parts.append(f"{counted(waiting, 'held row')} not looked at again: a landing is running")
    if result.drift:
        fields = ", ".join(f"{name} ({count})" for name, count in result.drift.items())
        parts.append(f"new fields, not used: {fields}")
    if not parts:
        parts = [f"{counted(result.rows_checked, 'new row')} passed"]
    return f"{where}: {'; '.join(parts)}"


def _held_back(finding: Finding) -> str:
    """A rule that holds records back, with the remedy; of a mapped rule with its codes."""
    held = counted(finding.failed - finding.waived, "record")
    listed = ", ".join(
        f"{code} ({counted(count, 'record')})" for code, count in finding.codes[:_CODES_SHOWN]
    )
    more = len(finding.codes) - _CODES_SHOWN
    rest = f" and {counted(more, 'more code')}" if more > 0 else ""
    codes = f": {listed}{rest}" if listed else ""
    return f"{held} held: {finding.message}{codes}. Remedy: {finding.remedy}"
