"""The records of which others are asked one by one: those that changed since a position."""

from __future__ import annotations

from psycopg import sql

import warehouse
from extractors.errors import Unreachable
from extractors.stream import Connection
from warehouse.raw import raw_schema

_CHANGED = """
select landed.seq, landed.record_id
from {table} as landed
where landed.connection = %(connection)s and landed.seq > %(after)s and not landed.is_deleted
    and not exists (
        select from {table} as newer
        where newer.connection = landed.connection and newer.record_id = landed.record_id
            and newer.seq > landed.seq
    )
    and (%(having)s = '' or landed.payload ->> %(having)s is not null)
order by landed.seq
limit %(limit)s
"""


def changed_records(
    connection: Connection, stream: str, after: int, limit: int, having: str = ""
) -> list[tuple[int, str]]:
    """(seq, record_id) of the newest versions of a stream's records that landed after ``after``,
    in this order, at most ``limit``; only those in which the field ``having`` is not null, if it
    is named. Raises Unreachable when there is no warehouse."""
    table = sql.Identifier(raw_schema(connection.source), stream)
    try:
        with warehouse.connect("relay_loader", autocommit=True) as session:
            found = session.execute(
                sql.SQL(_CHANGED).format(table=table),
                {"connection": connection.name, "after": after, "limit": limit, "having": having},
            )
            return [(seq, record_id) for seq, record_id in found]
    except warehouse.WarehouseError as error:
        raise Unreachable(f"{connection.name}: {error}") from None
