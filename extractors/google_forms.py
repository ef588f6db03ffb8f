"""Google Forms API v1: the responses of one form.

Facts (developers.google.com/forms/api/reference/rest/v1/forms.responses/list): the only filter is
``timestamp >`` or ``timestamp >=`` a time in RFC 3339 UTC with Z; at most 5,000 responses a page,
fewer may come; a page token goes with the filter that it was made for, else HTTP 400; an empty list
is left out of the answer. A response that is edited keeps its ``responseId``: ``createTime`` stays,
``lastSubmittedTime`` and the answers change. There are no hidden fields, and nothing is told of a
form that was opened and not sent.

Not documented is by which of its two times a response is filtered. If by ``createTime``, edits are
seen only when everything is read, every ``full_scan_days``; so are deletions in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import BaseModel, Field

from extractors.api import HttpApi, Window, iso
from extractors.form_answers import FormOptions, erased_answers, person, stored
from extractors.google_auth import GoogleTokens
from extractors.paginate import token_pages
from extractors.rescans import Rescans
from extractors.stream import Cursor, Fields, Scan, Source, Stream, narrowed
from extractors.versions import MISSHAPEN

SCOPE = "https://www.googleapis.com/auth/forms.responses.readonly"
PAGE_SIZE = 5000
STORED = frozenset({"responseId", "createTime", "lastSubmittedTime", "hidden", "answers"})


class GoogleFormsOptions(FormOptions):
    """``fields`` maps what is asked to the question's id, eight hexadecimal digits."""

    page_size: int = Field(default=PAGE_SIZE, ge=1, le=PAGE_SIZE)


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    options = narrowed(scan.connection.options, GoogleFormsOptions)
    since = iso(window.lower) if window else ""
    return {"pageSize": str(options.page_size), "filter": f"timestamp >= {since}"}


def _shaped(response: Fields, options: FormOptions) -> Fields:
    """A response with its mapped answers only. The address that a form collects by itself stands
    in for an e-mail question that is not mapped."""
    if "hidden" in response:  # as it is stored
        return response
    try:
        given = response.get("answers", {}).items()
        answers = {question: _texts(answer) for question, answer in given}
    except MISSHAPEN:  # nothing of it is stored, and the gate holds it back
        return {**response, "hidden": None, "answers": None}
    shaped = {**response, **stored(answers, {}, options)}
    collected = response.get("respondentEmail")
    if "email" not in options.fields and isinstance(collected, str):
        shaped["answers"] = [{"field": {"ref": "email"}, "text": collected}, *shaped["answers"]]
    return shaped


def _texts(answer: Mapping[str, Any]) -> str | list[str] | None:
    """The text of an answer, or its texts when several were ticked; None of an upload."""
    values = [each.get("value") for each in answer.get("textAnswers", {}).get("answers") or ()]
    return values[0] if len(values) == 1 else values or None


def _mapped(stream: Stream, options: BaseModel) -> Stream:
    return replace(stream, prepare=partial(_shaped, options=narrowed(options, FormOptions)))


SOURCE = Source(
    name="google_forms",
    title="Google Forms",
    options_model=GoogleFormsOptions,
    reader=Rescans(
        HttpApi(
            title="Google Forms",
            base_url="https://forms.googleapis.com",
            auth=lambda connection, credentials: GoogleTokens(connection, credentials, SCOPE),
            paginate=token_pages("responses", "nextPageToken", "pageToken"),
            query=_query,
        )
    ),
    streams=(
        Stream(
            "responses",
            path="/v1/forms/{form_id}/responses",
            key=("responseId",),
            cursor=Cursor("lastSubmittedTime", open_ended=True),
            fields=STORED,
            identity=person,
            erase=erased_answers,
            required_scope="forms.responses.readonly",
            adapt=_mapped,
        ),
    ),
)
