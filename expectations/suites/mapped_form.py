"""Rules of forms whose questions relay.toml maps (see extractors/form_answers.py)."""

from __future__ import annotations

from expectations.columns import condition, json_type
from expectations.rules import Rule, holds

_UNKNOWN_CONSENT = """
not jsonb_path_exists(
    r.payload, '$.answers[*] ? (@.field.ref == "consent" && @.boolean == null)'
)
"""

ANSWERS: tuple[Rule, ...] = (
    holds(
        condition("answers_are_a_list", f"coalesce({json_type('answers').sql} = 'array', false)"),
        "answers is missing or not a list",
    ),
    holds(
        condition("hidden_is_object", f"coalesce({json_type('hidden').sql} = 'object', false)"),
        "hidden is not an object",
    ),
    holds(
        condition("consent_is_known", _UNKNOWN_CONSENT.strip()),
        "the answer to the consent is neither of consent_values nor of refusal_values",
        "add the answer's wording to one of them in relay.toml, then run with --full",
    ),
)
