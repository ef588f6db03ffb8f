"""Writes docs/data-dictionary.md from the marts' YAML and their semantic models:
`python docs/build_dictionary.py`."""

import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[1]
MARTS = ROOT / "dbt_project" / "models" / "marts"
TARGET = ROOT / "docs" / "data-dictionary.md"

HEAD = """# Data dictionary

Every mart of the schema `marts`, with its columns. Written by `docs/build_dictionary.py` from
`dbt_project/models/marts/`; change the descriptions there. Ids are text, timestamps are UTC, dates
are days in Asia/Tokyo. `*` marks the key, `not null` what is always there. What the figures of the
reports mean stands under [Metrics](#metrics).
"""

METRICS = """## Metrics

Every figure of `rpt_monthly` and `rpt_kpis` is one of these metrics, computed by month and company
from the semantic models in `dbt_project/models/marts/*/_*__semantic.yml`; MetricFlow answers
questions from the same definitions. Metrics of one basis compare; those of two do not. A ratio
divides sums, whatever it is grouped by, and is never a mean of ratios. A mart that no metric stands
on says why.
"""

AGGREGATIONS = {
    "count": "rows of `{mart}` with `{expression}`",
    "sum": "sum of `{expression}` in `{mart}`",
    "sum_boolean": "rows of `{mart}` where `{expression}`",
}


def definitions() -> dict[str, str]:
    """The docs blocks by name, each as one line."""
    text = "\n".join(path.read_text() for path in sorted(MARTS.rglob("_*__docs.md")))
    blocks = re.findall(r"{% docs (\w+) %}\n(.*?)\n{% enddocs %}", text, re.DOTALL)
    return {name: one_line(body) for name, body in blocks}


def one_line(text: str) -> str:
    """Markdown that fits a table's cell: a list becomes a sentence of parts."""
    head, *items = re.split(r"\n+- ", text.strip())
    sentence = f"{head} {'; '.join(items)}." if items else head
    return " ".join(sentence.split()).replace("|", "\\|")


def described(text: str, blocks: dict[str, str]) -> str:
    """A description with its docs blocks filled in."""
    filled = re.sub(r"{{\s*doc\('(\w+)'\)\s*}}", lambda found: blocks[found[1]], text)
    return one_line(filled)


def section(model: dict[str, Any], blocks: dict[str, str]) -> str:
    """One mart: its grain and a table of columns."""
    reason = model.get("config", {}).get("meta", {}).get("no_metrics")
    lines = [
        f"## {model['name']}",
        "",
        described(model["description"], blocks),
        "",
        *([f"Read from the mart, no metric: {one_line(reason)}", ""] if reason else []),
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for column in model["columns"]:
        kinds = {constraint["type"] for constraint in column.get("constraints", ())}
        name = f"`{column['name']}`" + (" *" if "primary_key" in kinds else "")
        kind = column["data_type"] + (" not null" if kinds else "")
        lines.append(f"| {name} | {kind} | {described(column['description'], blocks)} |")
    return "\n".join(lines) + "\n"


def semantics() -> dict[str, dict[str, Any]]:
    """The content of each topic's semantic file, by topic."""
    files = sorted(MARTS.rglob("_*__semantic.yml"))
    return {path.parent.name: yaml.safe_load(path.read_text()) for path in files}


def measures(content: dict[str, Any]) -> dict[str, str]:
    """How each measure of a topic is computed, in words."""
    found = {}
    for model in content["semantic_models"]:
        mart = model["model"].split("'")[1]
        for measure in model.get("measures", ()):
            expression = measure.get("expr", measure["name"]).replace("|", "\\|")
            words = AGGREGATIONS[measure["agg"]].format(mart=mart, expression=expression)
            day = measure.get("agg_time_dimension") or model["defaults"]["agg_time_dimension"]
            last = ", on the last day only" if "non_additive_dimension" in measure else ""
            when = ", as known now" if day == "no_day" else f", by `{day}`{last}"
            found[measure["name"]] = words + when
    return found


def definition(metric: dict[str, Any], computed: dict[str, str]) -> str:
    """What a metric is computed from; for a KPI, how it is judged."""
    parts = metric["type_params"]
    if metric["type"] == "simple":
        text = computed[parts["measure"]]
    else:
        text = f"`{parts['numerator']}` / `{parts['denominator']}`"
    if kpi := metric["config"]["meta"].get("kpi"):
        months = "each month" if kpi["months"] == 1 else f"{kpi['months']} months together"
        text += f"; KPI: {months}, {kpi['better']} is better"
        if "minimum" in kpi:
            text += f", judged from {kpi['minimum']} on"
        if "known_by" in kpi:
            text += f", unknown while `{kpi['known_by']}` is 0"
        if "unknown_while" in kpi:
            text += f" or `{kpi['unknown_while']}` is not"
    return text


def metric_section(topic: str, content: dict[str, Any]) -> str:
    """One topic's metrics, and what they can be grouped by."""
    computed = measures(content)
    lines = [
        f"### {topic.capitalize()} metrics",
        "",
        "| metric | label | unit | basis | meaning | computed as |",
        "|---|---|---|---|---|---|",
    ]
    for metric in content["metrics"]:
        meta = metric["config"]["meta"]
        cells = (
            f"`{metric['name']}`", metric["label"], meta["unit"], meta["basis"],
            one_line(metric["description"]), definition(metric, computed),
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    for model in content["semantic_models"]:
        names = [
            f"`{dimension['name']}`"
            for dimension in model.get("dimensions", ())
            if dimension["type"] == "categorical"
        ]
        if names:
            lines += ["", f"{model['label']} can be grouped by {', '.join(names)}."]
    return "\n".join(lines) + "\n"


def dictionary() -> str:
    """The whole document."""
    files = sorted(MARTS.rglob("_*__models.yml"))
    models = [model for file in files for model in yaml.safe_load(file.read_text())["models"]]
    blocks = definitions()
    marts = [section(model, blocks) for model in models]
    metrics = [metric_section(topic, content) for topic, content in semantics().items()]
    bases = f"Basis: {blocks['metric_basis']}\n"
    return "\n".join([HEAD, *marts, METRICS, bases, *metrics])


if __name__ == "__main__":
    TARGET.write_text(dictionary())
