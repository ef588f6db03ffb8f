"""Credentials of a connection, from the environment or from Airflow. Nothing here is logged.

``AIRFLOW_CONN_<CONN_ID>`` (JSON or URI) has the meaning it has in Airflow, so a connection works
the same by hand and in a task; inside Airflow its secrets backends and database are asked next.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from extractors.errors import CredentialsError


@dataclass(frozen=True, slots=True)
class Credentials:
    """``host`` (with its scheme) replaces the vendor's base URL; ``extra`` holds the rest."""

    host: str = ""
    login: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


def resolve(conn_id: str) -> Credentials:
    """The credentials stored under ``conn_id``; CredentialsError when there are none."""
    variable = f"AIRFLOW_CONN_{conn_id.upper()}"
    text = os.environ.get(variable, "").strip()
    if text:
        try:
            return _from_json(text) if text.startswith("{") else _from_uri(text)
        except (ValueError, TypeError) as error:
            raise CredentialsError(
                f"{variable}: expected Airflow connection JSON or a URI, got text that does not "
                f"parse ({type(error).__name__}). Remedy: set it to "
                '{"host": "...", "login": "...", "password": "...", "extra": {}}.'
            ) from None
    found = _from_airflow(conn_id) if "airflow" in sys.modules else None
    if found is None:
        raise CredentialsError(
            f"No credentials for connection id {conn_id!r}. Remedy: set {variable} in the "
            "environment, or create the Airflow Connection of that id."
        )
    return found


def _from_json(text: str) -> Credentials:
    parts = msgspec.json.decode(text)
    return _credentials(
        host=parts.get("host"),
        schema=parts.get("schema"),
        port=parts.get("port"),
        login=parts.get("login"),
        password=parts.get("password"),
        extra=parts.get("extra"),
    )


def _from_uri(text: str) -> Credentials:
    """Airflow's form, with the host's own scheme before or inside the host, percent-encoded:
    type://[http://]login:password@host:port/schema?key=value or ?__extra__=JSON."""
    kind, found, rest = text.partition("://")
    if not (kind and found):
        raise ValueError("no type://")
    protocol = ""
    if "://" in rest.partition("?")[0]:
        protocol, _, rest = rest.partition("://")
    parts = urlsplit(f"//{rest}")
    host = unquote(re.sub(r":\d*$", "", parts.netloc.rpartition("@")[2]))
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return _credentials(
        host=f"{protocol}://{host}" if protocol and host else host,
        schema=unquote(parts.path[1:]),
        port=parts.port,
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        extra=query.get("__extra__") or query,
    )


def _from_airflow(conn_id: str) -> Credentials | None:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(conn_id)
    except AirflowNotFoundException:
        return None
    return _credentials(
        host=found.host,
        schema=found.schema,
        port=found.port,
        login=found.login,
        password=found.password,
        extra=found.extra,
    )


def _credentials(
    *,
    host: str | None,
    schema: str | None,
    port: int | str | None,
    login: str | None,
    password: str | None,
    extra: str | Mapping[str, Any] | None,
) -> Credentials:
    """Airflow's parts as ours."""
    options = msgspec.json.decode(extra) if isinstance(extra, str) and extra else extra or {}
    if not isinstance(options, Mapping):
        raise TypeError("extra is not an object")
    return Credentials(_base_url(host, schema, port), login or "", password or "", options)


def _base_url(host: str | None, schema: str | None, port: int | str | None) -> str:
    """The base URL; Airflow's schema is its scheme, or else a path before the vendor's paths."""
    base, prefix = (host or "").rstrip("/"), (schema or "").strip("/")
    if not base:
        return ""
    scheme = "https"
    if prefix in ("http", "https"):
        scheme, prefix = prefix, ""
    if "://" not in base:
        base = f"{scheme}://{base}"
    if port:
        base = f"{base}:{int(port)}"
    return f"{base}/{prefix}" if prefix else base
