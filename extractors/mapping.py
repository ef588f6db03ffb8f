"""What an ATS's export looks like, as a TOML file: which column is which field, and how dates and
ids are written. docs/export-mappings.md describes it; hrmos and jobcan are shipped in mappings/.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from extractors.errors import ConfigError

SHIPPED = Path(__file__).parent / "mappings"

IDS = ("application_id", "candidate_id", "job_id")
TEXTS = ("job_name", "department", "office", "employment_type", "channel", "status", "reason",
         "stage")  # fmt: skip
TIMES = ("applied_at", "rejected_at", "withdrawn_at", "decided_at", "offered_at", "hired_at",
         "joined_at")  # fmt: skip
PERSON = ("name", "kana", "email", "phone", "birth_date")
NEEDED = ("application_id", "status", "applied_at")
FIELDS = (*IDS, *TEXTS, *TIMES, *PERSON)
DOCS = "docs/export-mappings.md"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """The column of a field, or those that make it up together. ``width``: of ids that begin with
    zeros, the number of digits, since spreadsheets drop the zeros."""

    header: tuple[str, ...] = Field(min_length=1)
    width: int | None = Field(default=None, ge=1, le=30)

    @field_validator("header", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class StageColumn(_Strict):
    """A stage: its name in the marts and its place. ``entered`` is the column of its date,
    ``also`` what the column of the present stage may call it."""

    name: str = Field(min_length=1)
    order: int = Field(ge=0)
    entered: str | None = None
    is_offer: bool = False
    also: tuple[str, ...] = ()


class Mapping(_Strict):
    """An export. ``name`` is its source in the seed outcome_map."""

    name: str
    title: str = Field(min_length=1)
    pattern: str = Field(min_length=1)
    encoding: Literal["cp932", "utf-8-sig"] | None = None
    delimiter: Literal[",", "\t", ";"] = ","
    sheet: str = ""
    header_row: int | None = Field(default=None, ge=1, le=100)
    date_system: Literal[1900, 1904] = 1900
    date_formats: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    columns: dict[str, Column]
    stages: tuple[StageColumn, ...] = ()

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("expected a-z, 0-9 and _, beginning with a letter")
        return name

    @field_validator("columns", mode="before")
    @classmethod
    def _columns(cls, value: Any) -> Any:
        """A header alone is short for its table; false takes a column of ``extends`` out."""
        if not isinstance(value, dict):
            return value
        if unknown := sorted(value.keys() - set(FIELDS)):
            raise ValueError(f"no field {unknown[0]}; there are {', '.join(FIELDS)}")
        told = {field: column for field, column in value.items() if column is not False}
        if missing := [field for field in NEEDED if field not in told]:
            raise ValueError(f"expected a column for {', '.join(missing)}")
        return {
            field: column if isinstance(column, dict) else {"header": column}
            for field, column in told.items()
        }

    @property
    def has_stage_dates(self) -> bool:
        return any(stage.entered for stage in self.stages)

    def stage(self, name: str) -> StageColumn | None:
        """The stage that the export calls so."""
        wanted = folded(name)
        for stage in self.stages:
            if wanted in map(folded, (stage.name, *stage.also)):
                return stage
        return None


def folded(name: str) -> str:
    """A header or a code without what differs from one export to the next: width, case, blanks."""
    text = unicodedata.normalize("NFKC", name).casefold().strip().removeprefix("'")
    return re.sub(r"\s+", "", text)


def load_mapping(named: str, beside: Path, where: str) -> Mapping:
    """A shipped mapping by its name, or one by its path, relative to the folder ``beside``.

    ``where`` says whose mapping it is. Raises ConfigError with the file, the field and the remedy.
    """
    path, told = _read(named, beside, where)
    if isinstance(base := told.pop("extends", None), str):
        if not (SHIPPED / f"{base}.toml").is_file():
            raise ConfigError(
                f"{where}: {path}: extends: no shipped mapping {base!r}. Remedy: use one of: "
                f"{', '.join(shipped())}, or take that line out."
            )
        _, shown = _read(base, beside, where)
        columns = {**shown.get("columns", {}), **told.get("columns", {})}
        told = {**shown, **told, "columns": columns}
    try:
        return Mapping.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        problem = first["msg"].removeprefix("Value error, ")
        raise ConfigError(
            f"{where}: {path}: {place}: {problem}. Remedy: correct it as {DOCS} says."
        ) from None


def shipped() -> list[str]:
    """The names of the shipped mappings."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def _read(named: str, beside: Path, where: str) -> tuple[Path, dict[str, Any]]:
    own = re.fullmatch(r"[a-z0-9_]+", named)
    path = SHIPPED / f"{named}.toml" if own else beside / named
    try:
        return path, tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{where}: options.mapping: no such file {path}. Remedy: name one of "
            f"{', '.join(shipped())}, or the path of a mapping, such as ats.toml beside relay.toml."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: {path}: not TOML: {error}. Remedy: correct that.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{where}: {path} cannot be read as UTF-8 text ({type(error).__name__}). Remedy: check "
            "its permissions and its encoding."
        ) from None
