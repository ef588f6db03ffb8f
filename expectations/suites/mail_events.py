"""What every provider's events of mails have to satisfy. Fields as the extraction stores them: the
same ones for each provider, and none of them a person's."""

from __future__ import annotations

from expectations.columns import Column, condition, json_type, text
from expectations.rules import Rule, holds, mapped, one_of, required
from expectations.seeds import Codes
from expectations.suites.suite import Suite, suite

AGENTS = ("human", "scanner", "library", "unknown")


def events(source: str, fields: str, key: Column, *occurred: Rule) -> Suite:
    """The suite of a provider's stream; ``occurred`` are the rules of its time."""
    return suite(
        f"{fields} code token message_id link agent_class is_machine",
        required(key, key=True),
        *occurred,
        required(text("message_id"), key=True),
        required(text("code"), key=True),
        mapped(text("code"), Codes("mail_event_map.csv", ("code",), (("source", source),))),
        one_of(text("agent_class"), AGENTS),
        holds(
            condition(
                "is_machine_is_boolean",
                f"coalesce({json_type('is_machine').sql} = 'boolean', false)",
            ),
            "is_machine is not true or false",
        ),
    )
