"""Stories as Tally shows them: completed and partial submissions, nothing of a form only opened."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import orjson

from sandbox.store import Account
from sandbox.tally import Tally
from sandbox.world_ats import Emit
from sandbox.world_clicks import QUESTIONS
from sandbox.world_company import Company
from sandbox.world_form import Form, question_number
from sandbox.world_google_forms import CONSENT
from sandbox.world_story import Response, Story
from sandbox.world_time import iso_ms
from sandbox.world_typeform import FIELDS, state_at

Json = dict[str, Any]
LETTERS = "ABDEGJKLMNOPQRVWXYZabdegjklmnopqrvwxyz0123456789"
CHOICES = ("wish_job_type", "wish_location", "consent")
HIDDEN_BLOCK = "hidden"


@cache
def question_id(form_id: str | None, ref: str) -> str:
    """Tally writes six letters and digits."""
    number = question_number(form_id, ref)
    return "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(6))


def _project(company: Company, clock: int, emit: Emit, story: Story) -> None:
    for response in story.responses:
        state = state_at(response, clock)
        if state is None or state[0] == "started":
            continue
        kind, at = state
        emit(
            (
                company.form_account,
                "tally",
                "submissions",
                response.number,
                response.response_id,
                iso_ms(at),
                iso_ms(at),
                iso_ms(at),
                kind,
                orjson.dumps(_body(company, response, kind, at)),
            )
        )


def _body(company: Company, response: Response, kind: str, at: int) -> Json:
    asked = [ref for ref in QUESTIONS[response.form_version] if ref in response.answers]
    given = asked if kind == "completed" else asked[: response.partial_answers]
    hidden = {"consent_version": response.consent_version, "form_version": response.form_version}
    if response.hidden_token is not None:
        hidden["token"] = response.hidden_token
    block = question_id(company.form_id, HIDDEN_BLOCK)
    responses: list[Json] = [{"id": f"h{response.number}", "questionId": block, "answer": hidden}]
    for ref in given:
        value = response.answers[ref]
        text = CONSENT[bool(value)] if ref == "consent" else value
        responses.append(
            {
                "id": f"{ref[:2]}{response.number}",
                "questionId": question_id(company.form_id, ref),
                "answer": [text] if ref in CHOICES else text,
            }
        )
    return {
        "id": response.response_id,
        "formId": company.form_id,
        "respondentId": f"r{response.number}",
        "isCompleted": kind == "completed",
        "submittedAt": iso_ms(at),
        "responses": responses,
    }


def event(submission: Json, questions: dict[str, str]) -> Json:
    """The webhook's event of a completed submission; ``questions``: id -> what it asks."""
    fields: list[Json] = []
    for response in submission["responses"]:
        question, answer = response["questionId"], response["answer"]
        if isinstance(answer, dict):
            fields += [
                {
                    "key": f"question_{question}_{name}",
                    "label": name,
                    "type": "HIDDEN_FIELDS",
                    "value": value,
                }
                for name, value in answer.items()
            ]
        elif isinstance(answer, list):
            options = [{"id": f"o-{text}", "text": text} for text in (*answer, "その他")]
            fields.append(
                {
                    "key": f"question_{question}",
                    "label": questions.get(question, ""),
                    "type": "CHECKBOXES",
                    "value": [option["id"] for option in options[:-1]],
                    "options": options,
                }
            )
            fields += [
                {
                    "key": f"question_{question}_{option['id']}",
                    "label": f"{questions.get(question, '')} ({option['text']})",
                    "type": "CHECKBOXES",
                    "value": option is not options[-1],
                }
                for option in options
            ]
        else:
            kind = {"email": "INPUT_EMAIL", "phone": "INPUT_PHONE_NUMBER"}
            fields.append(
                {
                    "key": f"question_{question}",
                    "label": questions.get(question, ""),
                    "type": kind.get(questions.get(question, ""), "INPUT_TEXT"),
                    "value": answer,
                }
            )
    return {
        "eventId": f"e-{submission['id']}",
        "eventType": "FORM_RESPONSE",
        "createdAt": submission["submittedAt"],
        "data": {
            "responseId": submission["id"],
            "submissionId": submission["id"],
            "respondentId": submission["respondentId"],
            "formId": submission["formId"],
            "formName": "キャリアリレー登録",
            "createdAt": submission["submittedAt"],
            "fields": fields,
        },
    }


def _account(company: Company, rng: Random) -> Account:
    secret = f"tly-{rng.getrandbits(160):040x}"
    return Account(
        company.form_account, "tally", company.company_id, None, secret, (), None, company.form_id
    )


def _options(account: Account) -> dict[str, str]:
    pairs = [f'{ref} = "{question_id(account.form_id, ref)}"' for ref in FIELDS]
    return {"fields": f"{{ {', '.join(pairs)} }}"}


def _credentials(account: Account, url: str) -> Json:
    return {
        "conn_type": "http",
        "host": f"{url}/tally",
        "password": account.secret,
        "extra": {"form_id": account.form_id},
    }


FORM = Form(
    name="tally",
    simulator=Tally,
    streams=("submissions",),
    project=_project,
    account=_account,
    options=_options,
    credentials=_credentials,
)
