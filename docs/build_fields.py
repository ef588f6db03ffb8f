"""Writes docs/fields.md: what of each source's records is stored, what is left out, and why.

`.venv/bin/python docs/build_fields.py`
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from extractors.left_out import LEFT_OUT  # noqa: E402
from extractors.registry import SOURCES  # noqa: E402
from extractors.stream import Source, Stream  # noqa: E402

PAGE = ROOT / "docs" / "fields.md"

HEAD = """# Fields: what is stored, and what is left out

Written by `docs/build_fields.py` from the streams (`fields`) and `extractors/left_out.py`; a test
compares. Of a record only the stored fields reach the warehouse. A field that is neither stored nor
known to be left out is not stored either, and reported once by the
[gate](data-quality.md#drift). What is personal is [erased](people.md) with its person. What stands
under another name in both columns was derived before the rest was cut.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([HEAD, *(_source(source) for source in SOURCES.values())])


def _source(source: Source) -> str:
    lines = [
        f"## {source.title}\n",
        "| stream | stored | left out |",
        "|---|---|---|",
        *(_stream(source.name, stream) for stream in source.streams),
    ]
    return "\n".join(lines) + "\n"


def _stream(source: str, stream: Stream) -> str:
    left_out = LEFT_OUT.get(source, {}).get(stream.name, {})
    reasons = "; ".join(f"{_names(names.split())}: {reason}" for reason, names in left_out.items())
    stored = "every column of the template" if stream.fields is None else _names(stream.fields)
    return f"| `{stream.name}` | {stored} | {reasons} |"


def _names(fields: frozenset[str] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(fields))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
