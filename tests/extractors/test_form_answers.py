"""Answers by the ids of questions: what is kept of them, and as what."""

from typing import Any

import pytest
from pydantic import ValidationError

from extractors.form_answers import FormOptions, person, stored

FIELDS = {
    "name": ("q1", "q2"),
    "email": "q3",
    "consent": "q4",
    "wish_location": "q5",
    "token": "q6",
}
TOKEN = "622bc3f800a2900c58f1e02dbb3c0441"


def options(**more: Any) -> FormOptions:
    return FormOptions.model_validate({"start_date": "2026-01-01", "fields": FIELDS, **more})


def kept(answers: dict[str, Any], hidden: dict[str, Any] | None = None, **more: Any) -> Any:
    return stored(answers, hidden or {}, options(**more))


def test_only_mapped_answers_are_stored_in_the_order_of_the_options() -> None:
    found = kept({"q9": "持病", "q5": "東京都", "q2": "花子", "q1": " 佐藤 ", "q3": "h@example.jp"})
    assert found["answers"] == [
        {"field": {"ref": "name"}, "text": "佐藤 花子"},
        {"field": {"ref": "email"}, "text": "h@example.jp"},
        {"field": {"ref": "wish_location"}, "choice": {"label": "東京都"}},
    ]
    assert list(person(found)) == [("name", "佐藤 花子"), ("email", "h@example.jp")]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ("同意する", True),
        (["同意する"], True),
        (True, True),
        (False, False),
        ("同意しない", False),
        ("上記すべてに同意", None),
        (["同意する", "同意しない"], None),
    ],
)
def test_a_consent_is_yes_no_or_unknown(answer: Any, meaning: bool | None) -> None:
    assert kept({"q4": answer})["answers"] == [{"field": {"ref": "consent"}, "boolean": meaning}]


def test_the_forms_own_words_of_consent_are_options() -> None:
    more: dict[str, Any] = {"consent_values": ("OK",), "refusal_values": ("NG",)}
    for answer, meaning in (("OK", True), ("NG", False), ("同意する", None)):
        assert kept({"q4": answer}, **more)["answers"][0]["boolean"] is meaning


@pytest.mark.parametrize("answer", [None, "", "   ", [], {"a": 1}])
def test_what_is_no_answer_is_none(answer: Any) -> None:
    assert kept(dict.fromkeys(("q1", "q3", "q4", "q5", "q6"), answer)) == {
        "hidden": {"token": None},
        "answers": [],
    }


@pytest.mark.parametrize(
    ("answer", "token"),
    [
        (TOKEN, TOKEN),
        (f" {TOKEN}\n", TOKEN),
        (TOKEN[:-3], TOKEN[:-3]),  # looks like one, and matches nobody
        ("わかりません", None),
        ("佐藤花子", None),
        (f"https://form.example/?token={TOKEN}", None),
        ("", None),
        (None, None),
    ],
)
def test_only_what_looks_like_a_token_is_stored(answer: str | None, token: str | None) -> None:
    assert kept({"q6": answer})["hidden"] == {"token": token}


def test_hidden_fields_are_read_by_name_unless_a_question_is_mapped() -> None:
    hidden = {"token": TOKEN, "form_version": "2", "consent_version": "v", "utm": "x"}
    assert kept({"q6": "mangled!"}, hidden)["hidden"]["token"] is None
    fields = {"email": "q3"}
    assert kept({}, hidden, fields=fields)["hidden"] == {
        "token": TOKEN,
        "form_version": "2",
        "consent_version": "v",
    }
    named = {"email": "q3", "token": "ref_token"}
    assert kept({}, {"ref_token": TOKEN}, fields=named)["hidden"] == {"token": TOKEN}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fields": {"name": "q1", "consent": "q4"}}, "nobody could be matched"),
        ({"fields": {"email": ["q1", "q2"]}}, "only name and kana may"),
        ({"fields": {"mail": "q1"}}, "fields.mail"),
        ({"token_pattern": "("}, "not a regular expression"),
    ],
)
def test_options_that_cannot_work_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        options(**wrong)
