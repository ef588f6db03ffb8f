"""Tally: the submissions of one form, completed and partial.

Facts (developers.tally.so, GET /forms/{id}/submissions): pages by ``page`` with ``hasMore``, 50
submissions each (``limit`` in the answer; as a parameter it is not documented); ``filter`` all,
completed or partial; ``startDate`` includes its time; ``totalNumberOfSubmissionsPerFilter`` counts
all; 100 requests a minute. A key belongs to a user and ends with that user. The newest submission
comes first, as in every example: new ones push the others to later pages, where they are seen
again; a deleted one pulls them to earlier pages, and then the total falls: such a scan is not
believed.

``answer`` (also seen as ``value``) is text, a number, truth, a list of choices, or for the block of
hidden fields an object by name; the webhook shows the same otherwise, see ``unpacked``. Not told:
whether a partial submission keeps its id when it is completed (taken to), when a partial one was
begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import BaseModel, Field

from extractors.api import HttpApi, Window, iso
from extractors.auth import BearerKey
from extractors.form_answers import FormOptions, erased_answers, person, stored
from extractors.inbox import InboxOptions
from extractors.pacing import TokenBucket
from extractors.paginate import totalled_pages
from extractors.rescans import Rescans
from extractors.stream import Cursor, Fields, InboxEvent, Scan, Source, Stream, narrowed

PAGE_SIZE = 50
STORED = frozenset({"id", "isCompleted", "submittedAt", "hidden", "answers"})
QUESTION = "question_"
"""What the webhook writes before the id of a question."""


class TallyOptions(FormOptions, InboxOptions):
    """``fields`` maps what is asked to the question's id, or to the name of a hidden field."""

    page_size: int = Field(default=PAGE_SIZE, ge=1, le=500)
    """Submissions per page; another number than Tally's own is sent as ``limit``."""
    requests_per_minute: int = Field(default=100, ge=2, le=100_000)


def _query(scan: Scan, window: Window | None) -> dict[str, str]:
    options = narrowed(scan.connection.options, TallyOptions)
    query = {"filter": "all"}
    if options.page_size != PAGE_SIZE:
        query["limit"] = str(options.page_size)
    return query | {"startDate": iso(window.lower)} if window else query


def _rate(options: BaseModel) -> TokenBucket:
    """A burst, and what fills it within a minute, are together no more than the limit."""
    limit = narrowed(options, TallyOptions).requests_per_minute
    burst = max(1, limit // 5)
    return TokenBucket(max(limit - burst, 1) / 60, burst)


def _shaped(submission: Fields, options: FormOptions) -> Fields:
    """A submission with its mapped answers and hidden fields only."""
    if "hidden" in submission:  # as it is stored
        return submission
    answers: dict[str, Any] = {}
    hidden: dict[str, Any] = {}
    for response in submission.get("responses") or ():
        answer = response.get("answer", response.get("value"))
        if isinstance(answer, Mapping):
            hidden |= answer
        else:
            answers[str(response["questionId"])] = answer
    return {**submission, **stored(answers, hidden, options)}


def unpacked(event: InboxEvent) -> Iterator[Fields]:
    """The submission of a webhook as the list shows it; of webhooks of other types nothing.

    Choices come as ids beside the list of all options; hidden fields one by one with their name as
    label. A single tick box comes a second time for each option, as a question that nobody maps.
    Raises KeyError, TypeError or ValueError for a body of another shape.
    """
    body = event.json()
    if body["eventType"] != "FORM_RESPONSE":
        return
    data = body["data"]
    hidden: dict[str, Any] = {}
    responses = []
    for field in data["fields"]:
        key, value = str(field["key"]).removeprefix(QUESTION), field["value"]
        if field["type"] == "HIDDEN_FIELDS":
            hidden[str(field["label"])] = value
        else:
            responses.append({"questionId": key, "answer": _chosen(value, field.get("options"))})
    if hidden:
        responses.append({"questionId": "", "answer": hidden})
    yield {
        "id": data.get("submissionId") or data["responseId"],
        "isCompleted": True,
        "submittedAt": data["createdAt"],
        "responses": responses,
    }


def _chosen(value: Any, options: Any) -> Any:
    """The texts of chosen options, which are named by their ids."""
    if not isinstance(options, list):
        return value
    texts = {option["id"]: option["text"] for option in options}
    if isinstance(value, list):
        return [texts.get(each, each) for each in value]
    return texts.get(value, value) if isinstance(value, str) else value


def _mapped(stream: Stream, options: BaseModel) -> Stream:
    return replace(stream, prepare=partial(_shaped, options=narrowed(options, FormOptions)))


SOURCE = Source(
    name="tally",
    title="Tally",
    options_model=TallyOptions,
    reader=Rescans(
        HttpApi(
            title="Tally",
            base_url="https://api.tally.so",
            auth=BearerKey,
            paginate=totalled_pages("submissions", "totalNumberOfSubmissionsPerFilter"),
            query=_query,
            rate=_rate,
            if_refused=(
                " A key of Tally ends with the user who made it: when that user has left, let a "
                "member who stays make one (Settings, API keys)."
            ),
        )
    ),
    streams=(
        Stream(
            "submissions",
            path="/forms/{form_id}/submissions",
            cursor=Cursor("submittedAt", open_ended=True),
            fields=STORED,
            identity=person,
            erase=erased_answers,
            inbox=unpacked,
            required_scope="a user who may see the form",
            adapt=_mapped,
        ),
    ),
)
