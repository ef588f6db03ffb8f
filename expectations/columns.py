"""Columns that rules look at: SQL over one raw row `r`, safe for any payload.

A conversion never fails: what cannot be read as a time, a day or a number is NULL, and the rule
that requires the field reports it. Only what rules need is projected, so a stream's personal
fields never reach great_expectations unless a suite names them, and none does.
"""

from __future__ import annotations

from dataclasses import dataclass

_YEAR_MONTH_DAY = (
    r"(?:[1-9]\d{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"
    r"|[1-9]\d(?:0[48]|[2468][048]|[13579][26])-02-29"
    r"|(?:[2468][048]|[13579][26])00-02-29)"
)
DAY_PATTERN = f"^{_YEAR_MONTH_DAY}$"
MOMENT_PATTERN = (
    f"^{_YEAR_MONTH_DAY}"
    r"[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)$"
)
"""ISO 8601 days and times from the year 1000 on, leap years included. Every match is a value
that Postgres converts; a time needs its offset, or its meaning would depend on the server."""
EPOCH_MS_PATTERN = r"^\d{1,14}$"

EPOCH_S_PATTERN = r"^\d{1,11}(?:\.\d{1,9})?$"


@dataclass(frozen=True, slots=True)
class Column:
    """A projected column. ``join`` is what its expression needs joined to ``r``. Either may use
    %(connection)s and, for a column whose codes a seed maps, %(known_<name>)s."""

    name: str
    sql: str
    join: str = ""


def text(field: str, *rest: str) -> Column:
    """A field as text; an empty or blank one is NULL."""
    path = ",".join((field, *rest))
    return Column("_".join((field, *rest)), f"nullif(btrim(r.payload #>> '{{{path}}}'), '')")


def moment(field: str) -> Column:
    """A time with an offset as timestamptz; anything else is NULL."""
    return Column(field, _guarded(field, MOMENT_PATTERN, "timestamptz"))


def epoch_ms(field: str) -> Column:
    """A time in milliseconds since 1970 as timestamptz; anything else is NULL."""
    return Column(
        field,
        f"case when r.payload ->> '{field}' ~ '{EPOCH_MS_PATTERN}' "
        f"then timestamptz 'epoch' + (r.payload ->> '{field}')::bigint * interval '1 ms' end",
    )


def epoch_s(field: str) -> Column:
    """A number of seconds since 1970, also with a fraction, as timestamptz; anything else is
    NULL."""
    return Column(
        field,
        f"case when jsonb_typeof(r.payload -> '{field}') = 'number' "
        f"and r.payload ->> '{field}' ~ '{EPOCH_S_PATTERN}' "
        f"then timestamptz 'epoch' + (r.payload ->> '{field}')::numeric * interval '1 s' end",
    )


def day(field: str) -> Column:
    """A calendar day as date; anything else is NULL."""
    return Column(field, _guarded(field, DAY_PATTERN, "date"))


def number(field: str) -> Column:
    """A JSON number; anything else, also a number in quotes, is NULL."""
    return Column(
        field,
        f"case when jsonb_typeof(r.payload -> '{field}') = 'number' "
        f"then (r.payload ->> '{field}')::numeric end",
    )


def raw_text(field: str) -> Column:
    """A field as text exactly as it came, for rules on its form."""
    return Column(f"{field}_text", f"r.payload ->> '{field}'")


def json_type(field: str) -> Column:
    """object, array, string, number, boolean or null; NULL when the field is absent."""
    return Column(f"{field}_type", f"jsonb_typeof(r.payload -> '{field}')")


def found_in(field: str, source: str, stream: str) -> Column:
    """Whether the record that the field points to has landed; NULL when the field is empty."""
    return Column(
        f"{field}_found",
        f"case when r.payload ->> '{field}' is not null then exists ("
        f"select from raw_{source}.{stream} k "
        f"where k.connection = r.connection and k.record_id = r.payload ->> '{field}') end",
    )


def condition(name: str, sql: str) -> Column:
    """A boolean over the row, for what has to hold between fields."""
    return Column(name, sql)


def _guarded(field: str, pattern: str, kind: str) -> str:
    return (
        f"case when r.payload ->> '{field}' ~ '{pattern}' "
        f"then (r.payload ->> '{field}')::{kind} end"
    )
