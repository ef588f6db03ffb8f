"""Google Forms responses as the extraction stores them: no rule looks at a person's words."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.columns import moment, text
from expectations.rules import in_order, moment_rules, required
from expectations.suites.mapped_form import ANSWERS
from expectations.suites.suite import Suite, suite

SUITES: Mapping[str, Suite] = {
    "responses": suite(
        "responseId createTime lastSubmittedTime hidden answers",
        required(text("responseId"), key=True),
        moment_rules("createTime", needed=True, key=True),
        moment_rules("lastSubmittedTime", needed=True),
        in_order(moment("createTime"), moment("lastSubmittedTime")),
        *ANSWERS,
    ),
}
