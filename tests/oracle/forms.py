"""What each registration form tells of who opens it: one entry of ``FORMS`` per source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.oracle.truth import FormSession, Response, State, Truth


@dataclass(frozen=True)
class Form:
    """What one form tells.

    shows     in which states a form that somebody opened is shown
    openings  whether it tells when a form was opened, and with what; if not, the last that is known
              of a form stands for its opening
    versions  whether it tells its version
    """

    shows: frozenset[State] = frozenset({"opened", "partial", "completed"})
    openings: bool = True
    versions: bool = True


FORMS: dict[str, Form] = {
    "typeform": Form(),
    "google_forms": Form(frozenset({"completed"}), openings=False, versions=False),
    "tally": Form(frozenset({"partial", "completed"}), openings=False),
}


def by_form(truth: Truth) -> dict[str, str]:
    """The form that each company uses."""
    others = {source.company_id: source.form for source in truth.form_sources}
    return {c.company_id: others.get(c.company_id, "typeform") for c in truth.companies}


def silent(truth: Truth) -> set[str]:
    """The companies of which nobody tells who opened the form."""
    return {company for company, form in by_form(truth).items() if not FORMS[form].openings}


def with_forms(view: Truth) -> Truth:
    """A view with what the companies' forms tell of their responses."""
    used = by_form(view)
    responses = tuple(_responses(view, used))
    companies = {response.response_id: response.company_id for response in responses}
    return replace(
        view,
        responses=responses,
        sessions=tuple(
            _session(session, FORMS[used[companies[session.response_id]]])
            for session in view.sessions
            if session.response_id in companies
        ),
        counted_statements=tuple(
            replace(line, form=used[line.company_id]) for line in view.counted_statements
        ),
    )


def _responses(view: Truth, used: dict[str, str]) -> Iterable[Response]:
    for response in view.responses:
        name = used[response.company_id]
        form = FORMS[name]
        if response.state not in form.shows:
            continue
        last = response.submitted_at or response.partial_at or response.landed_at
        yield replace(
            response,
            form=name,
            landed_at=response.landed_at if form.openings else last,
            is_opening_told=form.openings,
        )


def _session(session: FormSession, form: Form) -> FormSession:
    if not form.openings:
        session = replace(session, device="unknown", agent_class="unknown", network="")
    return replace(session, is_version_told=form.versions)
