"""The warehouse: an embedded Postgres or any other, its schemas, roles and secrets."""

from warehouse.errors import WarehouseError
from warehouse.location import ROLES, connect, hmac_key, home, open_connection, url
from warehouse.roles import ensure_database
from warehouse.secret_store import Rotating, rotating

__all__ = [
    "ROLES",
    "Rotating",
    "WarehouseError",
    "connect",
    "ensure_database",
    "hmac_key",
    "home",
    "open_connection",
    "rotating",
    "url",
]
