"""What the answers of a form mean where its questions have ids of the vendor's own making.

``fields`` in relay.toml says which question asks what; answers to all other questions are not
stored. What is stored has the shape in which Typeform writes it, so that one staging reads all:
``hidden`` (what the link or the form itself filled in) and ``answers``, in the order of ``fields``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator

from extractors.api import ApiOptions
from extractors.stream import Fields, IdentityValue

Meaning = Literal[
    "name",
    "kana",
    "email",
    "phone",
    "birth_date",
    "wish_job_type",
    "wish_location",
    "consent",
    "token",
    "consent_version",
    "form_version",
]
IDENTITY = ("name", "kana", "email", "phone", "birth_date")
HIDDEN = ("token", "consent_version", "form_version")
IN_PARTS = ("name", "kana")
"""Answers that a form may ask for in several questions: family and given name."""

CONSENTS = ("同意する", "同意します", "はい", "Yes")
REFUSALS = ("同意しない", "同意しません", "いいえ", "No")

Answers = Mapping[str, Any]
"""Question id -> what was answered: text, true or false, or a list of texts."""


class FormOptions(ApiOptions):
    """Options of a form whose questions are mapped. ``window_days`` has no effect."""

    form_id: str | None = None
    fields: Mapping[Meaning, str | tuple[str, ...]]
    """What is asked -> the question's id (name and kana: or several), in the form's order."""
    consent_values: tuple[str, ...] = CONSENTS
    """Answers to ``consent`` that mean yes."""
    refusal_values: tuple[str, ...] = REFUSALS
    """Answers to ``consent`` that mean no; any other is held back by the gate."""
    token_pattern: str = r"[A-Za-z0-9_-]{6,128}"  # noqa: S105
    """What a token looks like: anything else in its place is not stored."""
    full_scan_days: int = Field(default=7, ge=1, le=366)
    """Days after which everything is read again, by the run after the one that comes so late."""
    lag_minutes: int = Field(default=30, ge=0, le=10_080)

    @field_validator("fields")
    @classmethod
    def _are_matchable(
        cls, fields: Mapping[Meaning, str | tuple[str, ...]]
    ) -> Mapping[Meaning, str | tuple[str, ...]]:
        for meaning, questions in fields.items():
            if not isinstance(questions, str) and meaning not in IN_PARTS:
                raise ValueError(f"{meaning} has several questions; only name and kana may")
        if not {"email", "phone"} & fields.keys():
            raise ValueError("neither email nor phone is mapped, so nobody could be matched")
        return fields

    @field_validator("token_pattern")
    @classmethod
    def _is_pattern(cls, text: str) -> str:
        try:
            re.compile(text)
        except re.error:
            raise ValueError("not a regular expression") from None
        return text


def stored(answers: Answers, hidden: Mapping[str, Any], options: FormOptions) -> Fields:
    """The parts ``hidden`` and ``answers`` of a record. ``hidden`` are the form's hidden fields by
    name; a mapped question goes before a hidden field of the meaning's name."""
    listed: list[Fields] = []
    kept: dict[str, str | None] = {
        name: _text(hidden.get(name)) for name in HIDDEN if _text(hidden.get(name))
    }
    for meaning, questions in options.fields.items():
        value = _value(answers, hidden, questions)
        if meaning in HIDDEN:
            kept[meaning] = _text(value)
        elif value is not None:
            listed.append({"field": {"ref": meaning}, **_answer(meaning, value, options)})
    token = kept.get("token") or ""
    matches = re.fullmatch(options.token_pattern, token)
    return {"hidden": {**kept, "token": token if matches else None}, "answers": listed}


def person(record: Fields) -> Iterator[IdentityValue]:
    """The values that the person is matched by, of a record as it is stored."""
    for answer in record.get("answers") or ():
        kind, value = answer["field"]["ref"], answer.get("text")
        if kind in IDENTITY and isinstance(value, str):
            yield kind, value


def erased_answers(record: Fields) -> Fields:
    """A record without what identifies its person: of such answers stays that there were some."""
    answers = [
        {"field": answer["field"]} if answer["field"]["ref"] in IDENTITY else answer
        for answer in record["answers"]
    ]
    return {**record, "answers": answers}


def _value(
    answers: Answers, hidden: Mapping[str, Any], questions: str | Sequence[str]
) -> str | bool | None:
    """What was answered; the parts of a name in the order of their questions."""
    ids = [questions] if isinstance(questions, str) else questions
    found = [_plain(answers.get(each, hidden.get(each))) for each in ids]
    given = [value for value in found if value is not None]
    if len(given) > 1:
        return " ".join(str(value) for value in given)
    return given[0] if given else None


def _plain(value: Any) -> str | bool | None:
    """One answer as text or truth; several choices are one text. None: not answered."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, list):
        texts = [each.strip() for each in value if isinstance(each, str) and each.strip()]
        return ", ".join(texts) or None
    return None


def _text(value: Any) -> str | None:
    plain = _plain(value)
    return str(plain) if plain is not None else None


def _answer(meaning: str, value: str | bool, options: FormOptions) -> Fields:
    """An answer under the key of its type. A consent of unknown wording is neither yes nor no; its
    words are not stored."""
    if meaning == "consent":
        if isinstance(value, bool):
            return {"boolean": value}
        if value in options.consent_values:
            return {"boolean": True}
        return {"boolean": False} if value in options.refusal_values else {"boolean": None}
    if meaning in IDENTITY:
        return {"text": str(value)}
    return {"choice": {"label": str(value)}}
