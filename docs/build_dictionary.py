"""Writes docs/data-dictionary.md from the marts' YAML: `python docs/build_dictionary.py`."""

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
are days in Asia/Tokyo. `*` marks the key, `not null` what is always there.
"""


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
    lines = [
        f"## {model['name']}",
        "",
        described(model["description"], blocks),
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for column in model["columns"]:
        kinds = {constraint["type"] for constraint in column.get("constraints", ())}
        name = f"`{column['name']}`" + (" *" if "primary_key" in kinds else "")
        kind = column["data_type"] + (" not null" if kinds else "")
        lines.append(f"| {name} | {kind} | {described(column['description'], blocks)} |")
    return "\n".join(lines) + "\n"


def dictionary() -> str:
    """The whole document."""
    files = sorted(MARTS.rglob("_*__models.yml"))
    models = [model for file in files for model in yaml.safe_load(file.read_text())["models"]]
    blocks = definitions()
    return "\n".join([HEAD, *(section(model, blocks) for model in models)])


if __name__ == "__main__":
    TARGET.write_text(dictionary())
