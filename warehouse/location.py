"""Where the warehouse is, and connections to it."""

import os
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from warehouse.errors import WarehouseError
from warehouse.secret_store import HMAC_KEY, secret

ROLES = ("relay_inbox", "relay_loader", "relay_transformer", "relay_analyst", "relay_bi")
OWNER = "relay"
DATABASE = "relay"
REPOSITORY = Path(__file__).resolve().parent.parent


def home() -> Path:
    """RELAY_HOME, by default `.relay` in the repository; absolute, not necessarily existing."""
    return Path(os.environ.get("RELAY_HOME") or REPOSITORY / ".relay").absolute()


def external_url() -> str | None:
    """The owner's URL of a Postgres that somebody else runs, or None for the embedded one."""
    return os.environ.get("RELAY_WAREHOUSE_URL") or None


def url(role: str | None = None) -> str:
    """The postgresql:// URL of the owner, or of one of ROLES; contains the password.

    Raises WarehouseError for an unknown role, a malformed RELAY_WAREHOUSE_URL, or an embedded
    server that was never started (its port is chosen at the first start).
    """
    base = external_url() or embedded_url()
    parts = urlsplit(base)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise WarehouseError(
            "RELAY_WAREHOUSE_URL is not of the form postgresql://user:password@host:port/database. "
            "Remedy: set it so, or unset it to use the embedded server."
        )
    if role is None:
        return base
    if role not in ROLES:
        raise WarehouseError(f"Unknown role {role!r}. Expected one of: {', '.join(ROLES)}.")
    return with_login(base, role, password(role))


def with_login(base: str, user: str, password: str) -> str:
    """`base` with another user and password."""
    host = urlsplit(base).netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit(urlsplit(base)._replace(netloc=f"{login}@{host}"))


def with_database(base: str, database: str) -> str:
    """`base` with another database."""
    return urlunsplit(urlsplit(base)._replace(path=f"/{quote(database, safe='')}"))


def password(role: str) -> str:
    """The password of a role: RELAY_LOADER_PASSWORD and so on, else the generated one."""
    return secret(home(), f"{role.removeprefix('relay_')}_password")


def hmac_key() -> bytes:
    """The key of the identity keys (RELAY_HMAC_KEY, else generated); never in the database."""
    return secret(home(), HMAC_KEY).encode()


def connect(role: str | None = None, *, autocommit: bool = False) -> psycopg.Connection:
    """Connect as the owner or as a role; WarehouseError with the remedy if that fails."""
    return open_connection(url(role), autocommit=autocommit)


def open_connection(dsn: str, *, autocommit: bool = False) -> psycopg.Connection:
    """psycopg.connect with the project's settings and a readable failure."""
    try:
        return psycopg.connect(
            dsn, autocommit=autocommit, connect_timeout=15, application_name="relay"
        )
    except psycopg.OperationalError as error:
        raise WarehouseError(_explain(dsn, error)) from None


def embedded_url() -> str:
    """The owner's URL of RELAY_HOME's own server, whatever RELAY_WAREHOUSE_URL says."""
    from warehouse import embedded  # embedded imports this module

    return with_login(
        f"postgresql://127.0.0.1:{embedded.recorded_port(home())}/{DATABASE}",
        OWNER,
        password("relay_owner"),
    )


def _explain(dsn: str, error: psycopg.OperationalError) -> str:
    parts = urlsplit(dsn)
    where = f"{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"
    reason = str(error).rpartition("FATAL:")[2].strip().splitlines()[0]
    if external_url():
        remedy = "check RELAY_WAREHOUSE_URL, the network and the server"
    else:
        remedy = "run `python -m warehouse start`"
    if any(sign in reason for sign in ("authentication failed", "not exist", "permission denied")):
        remedy = (
            "run `python -m warehouse migrate`, which makes the roles and sets their passwords; "
            "for the owner, restore RELAY_HOME/secrets.json or correct RELAY_WAREHOUSE_URL"
        )
    return f"Cannot connect to the warehouse at {where}: {reason}. Remedy: {remedy}."
