"""Stories as the Google Forms API shows them: sent responses only, and edits of some of them.

What the stories do not tell is drawn for each response from its own id: one in eight wished for
another place at first and edited that within days; who came without a token left the visible
question for it empty, or wrote something else into it.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from random import Random
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import world_catalog as catalog
from sandbox.google_forms import SCOPE, GoogleForms
from sandbox.store import Account
from sandbox.world_ats import Emit
from sandbox.world_company import Company
from sandbox.world_form import Form, question_number
from sandbox.world_story import Response, Story
from sandbox.world_time import DAY, HOUR, iso_ms
from sandbox.world_typeform import FIELDS, state_at

Json = dict[str, Any]
CONSENT = {True: "同意する", False: "同意しない"}
SCRIBBLES = ("わかりません", "なし", "https://form.example/?token=")
NANOSECONDS = "000Z"


@cache
def question_id(form_id: str | None, ref: str) -> str:
    """Google writes eight hexadecimal digits."""
    return f"{question_number(form_id, ref):08x}"


def edited_at(response: Response) -> int | None:
    """When the person edited what they had sent; None: never."""
    rng = Random(f"edited:{response.response_id}")
    if response.submitted_at is None or rng.random() >= 1 / 8:
        return None
    return response.submitted_at + HOUR + int(rng.random() * 6 * DAY)


def token_shown(response: Response) -> str | None:
    """What stands in the question for the token."""
    if response.hidden_token:
        return response.hidden_token
    rng = Random(f"scribbled:{response.response_id}")
    scribble = rng.choice((*SCRIBBLES, f"{rng.getrandbits(80):020x}"))
    return scribble if rng.random() < 1 / 3 else None


def _project(company: Company, clock: int, emit: Emit, story: Story) -> None:
    for response in story.responses:
        state = state_at(response, clock)
        if state is None or state[0] != "completed":
            continue
        sent, edited = state[1], edited_at(response)
        last = edited if edited is not None and edited <= clock else sent
        emit(
            (
                company.form_account,
                "google_forms",
                "responses",
                response.number,
                response.response_id,
                iso_ms(sent),
                iso_ms(last),
                iso_ms(last),
                "",
                orjson.dumps(_body(company, response, sent, last)),
            )
        )


def _body(company: Company, response: Response, sent: int, last: int) -> Json:
    given = {ref: str(value) for ref, value in response.answers.items() if value is not None}
    given["consent"] = CONSENT[bool(response.consent)]
    if edited_at(response) is not None and last == sent:
        others = [place for place in catalog.LOCATIONS if place != given["wish_location"]]
        given["wish_location"] = Random(f"before:{response.response_id}").choice(others)
    if token := token_shown(response):
        given["token"] = token
    answers = {
        question_id(company.form_id, ref): _answer(company, ref, text)
        for ref, text in sorted(given.items())
    }
    return {
        "responseId": response.response_id,
        "createTime": iso_ms(sent),
        "lastSubmittedTime": iso_ms(last).replace("Z", NANOSECONDS),
        "answers": answers,
    }


def _answer(company: Company, ref: str, text: str) -> Json:
    question = question_id(company.form_id, ref)
    return {"questionId": question, "textAnswers": {"answers": [{"value": text}]}}


def _account(company: Company, rng: Random) -> Account:
    """The private key is new in every world: libraries take no generator for one."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Account(
        company.form_account,
        "google_forms",
        company.company_id,
        f"relay-{rng.getrandbits(32):08x}@sandbox.iam.gserviceaccount.com",
        pem.decode(),
        (SCOPE,),
        None,
        company.form_id,
    )


def _options(account: Account) -> dict[str, str]:
    pairs = [f'{ref} = "{question_id(account.form_id, ref)}"' for ref in (*FIELDS, "token")]
    return {"fields": f"{{ {', '.join(pairs)} }}"}


def _credentials(account: Account, url: str) -> Json:
    return {
        "conn_type": "http",
        "host": f"{url}/google_forms",
        "login": account.client_id,
        "password": account.secret,
        "extra": {"form_id": account.form_id, "token_url": f"{url}/google_forms/token"},
    }


def refreshing(account: Account, url: str) -> Json:
    """Credentials of a person who lets an OAuth client read the form, instead of the account's."""
    digest = sha256(account.secret.encode()).hexdigest()
    found = _credentials(account, url)
    extra = {**found["extra"], "refresh_token": digest[:32]}
    return {**found, "login": "client", "password": digest[32:], "extra": extra}


FORM = Form(
    name="google_forms",
    simulator=GoogleForms,
    streams=("responses",),
    project=_project,
    account=_account,
    options=_options,
    credentials=_credentials,
)
