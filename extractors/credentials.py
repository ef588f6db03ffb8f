"""Credentials of a connection, from the environment or from Airflow. Nothing here is logged.

``AIRFLOW_CONN_<CONN_ID>`` (JSON or URI) has the meaning it has in Airflow, so a connection works
the same by hand and in a task; inside Airflow its secrets backends and database are asked next.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from extractors.errors import CredentialsError


@dataclass(frozen=True, slots=True)
class Credentials:
    """``host`` (with its scheme) replaces the vendor's base URL; ``extra`` holds the rest."""

    host: str = ""
    login: str = ""
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
    parts = orjson.loads(text)
    return _credentials(
        host=parts.get("host"),
        scheme=parts.get("schema") if "://" not in (parts.get("host") or "") else None,
        port=parts.get("port"),
        login=parts.get("login"),
        password=parts.get("password"),
        extra=parts.get("extra"),
    )


def _from_uri(text: str) -> Credentials:
    """Airflow's URI form: type://login:password@host:port/scheme?key=value or ?__extra__=JSON."""
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    host = unquote(parts.netloc.rpartition("@")[2].rpartition(":")[0] or parts.hostname or "")
    return _credentials(
        host=host if parts.port else unquote(parts.hostname or ""),
        scheme=unquote(parts.path.strip("/")),
        port=parts.port,
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        extra=query.pop("__extra__", None) or query,
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
        scheme=found.schema,
        port=found.port,
        login=found.login,
        password=found.password,
        extra=found.extra,
    )


def _credentials(
    *,
    host: str | None,
    scheme: str | None,
    port: int | None,
    login: str | None,
    password: str | None,
    extra: str | Mapping[str, Any] | None,
) -> Credentials:
    """Airflow's parts as ours: the base URL is put together from scheme, host and port."""
    base = (host or "").rstrip("/")
    if base and "://" not in base:
        base = f"{scheme or 'https'}://{base}"
    if base and port:
        base = f"{base}:{port}"
    options = orjson.loads(extra) if isinstance(extra, str) and extra else extra
    if options is not None and not isinstance(options, Mapping):
        raise TypeError("extra is not an object")
    return Credentials(base, login or "", password or "", options or {})
