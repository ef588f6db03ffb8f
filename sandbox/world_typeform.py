"""Stories as the Typeform Responses API shows them at a clock."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import orjson

from sandbox.store import Account, Record
from sandbox.typeform import SCOPE, Typeform
from sandbox.world_clicks import QUESTIONS
from sandbox.world_company import Company
from sandbox.world_form import Form, question_number
from sandbox.world_story import Response, Story
from sandbox.world_time import iso, iso_ms

STREAMS = ("responses_started", "responses_partial", "responses_completed")
# ref: (field type, answer type)
FIELDS = {
    "name": ("short_text", "text"),
    "kana": ("short_text", "text"),
    "email": ("email", "email"),
    "phone": ("phone_number", "phone_number"),
    "birth_date": ("date", "date"),
    "wish_job_type": ("multiple_choice", "choice"),
    "wish_location": ("dropdown", "choice"),
    "consent": ("legal", "boolean"),
}
AGENTS = (
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15", "mobile"),
    ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/125.0 Mobile", "mobile"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0", "other"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari", "other"),
    # from here on: only where world_clicks puts them
    ("Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15", "tablet"),
    ("Mozilla/5.0 (compatible; MailGateway URL Scanner/3.1)", "other"),
    ("python-requests/2.32.3", "other"),
    ("", "other"),
)
REFERER = "https://form.career-relay.example/to/{form_id}"


def state_at(response: Response, clock: int) -> tuple[str, int] | None:
    """The list that shows a response and the time that list filters on; None: not shown yet."""
    if clock < response.visible_at:
        return None
    if response.submitted_at is not None and response.submitted_at <= clock:
        return "completed", response.submitted_at
    if response.partial_at is not None and response.partial_at <= clock:
        return "partial", response.partial_at
    return "started", response.landed_at


def project(company: Company, clock: int, emit: Callable[[Record], None], story: Story) -> None:
    """Emit a record for each response of a story that the API shows at `clock`."""
    for response in story.responses:
        state = state_at(response, clock)
        if state is None:
            continue
        kind, sort_at = state
        emit(
            (
                company.form_account,
                "typeform",
                f"responses_{kind}",
                response.number,
                response.response_id,
                iso_ms(response.landed_at),
                iso_ms(sort_at),
                iso_ms(sort_at),
                "",
                orjson.dumps(_item(company, response, kind)),
            )
        )


def _item(company: Company, response: Response, kind: str) -> dict[str, Any]:
    """One response as an item of the vendor's list; times have whole seconds there."""
    user_agent, platform = AGENTS[response.agent]
    hidden = {
        "consent_version": response.consent_version,
        "form_version": response.form_version,
    }
    if response.hidden_token is not None:
        hidden["token"] = response.hidden_token
    item: dict[str, Any] = {
        "landing_id": response.response_id,
        "token": response.response_id,
        "response_id": response.response_id,
        "response_type": kind,
        "landed_at": iso(response.landed_at),
        "metadata": {
            "user_agent": user_agent,
            "platform": platform,
            "referer": REFERER.format(form_id=company.form_id),
            "network_id": response.network or response.response_id[:10],
            "browser": "default",
        },
        "hidden": hidden,
        "calculated": {"score": 0},
        "answers": [],
    }
    if kind != "started":
        item["answers"] = _answers(company.form_id, response, complete=kind == "completed")
    if kind == "partial" and response.partial_at is not None:
        item["staged_at"] = iso(response.partial_at)
    if kind == "completed" and response.submitted_at is not None:
        item["submitted_at"] = iso(response.submitted_at)
    return item


def _answers(form_id: str, response: Response, *, complete: bool) -> list[dict[str, Any]]:
    """The answers given so far, in the order in which the form's version asks."""
    asked = [ref for ref in QUESTIONS[response.form_version] if ref in response.answers]
    given = asked if complete else asked[: response.partial_answers]
    return [_answer(form_id, ref, response.answers[ref]) for ref in given]


def _answer(form_id: str, ref: str, value: str | bool) -> dict[str, Any]:
    field_type, answer_type = FIELDS[ref]
    field = {"id": f"{question_number(form_id, ref):08x}", "type": field_type, "ref": ref}
    return {
        "field": field,
        "type": answer_type,
        answer_type: {"label": value} if answer_type == "choice" else value,
    }


def _account(company: Company, rng: Random) -> Account:
    return Account(
        company.form_account,
        "typeform",
        company.company_id,
        None,
        f"tfp_{rng.getrandbits(160):040x}",
        (SCOPE,),
        None,
        company.form_id,
    )


def _credentials(account: Account, url: str) -> dict[str, Any]:
    return {
        "conn_type": "http",
        "host": f"{url}/typeform",
        "password": account.secret,
        "extra": {"form_id": account.form_id},
    }


FORM = Form(
    name="typeform",
    simulator=Typeform,
    streams=STREAMS,
    project=project,
    account=_account,
    options=lambda account: {},
    credentials=_credentials,
)
