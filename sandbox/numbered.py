"""What simulators of lists with numbered pages share: which rows are due on a page, and faults."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox import faults
from sandbox.exchange import Call
from sandbox.reader import World

PAGE_SIZE = 100


def page(
    world: World,
    account: str,
    call: Call,
    number: int,
    sql: str,
    args: Sequence[str],
    size: int = PAGE_SIZE,
) -> tuple[list[bytes], int]:
    """The bodies due on a page (from 1) of the list whose ids a query gives in order, and how many
    the list has. Every page is cut from the list as it now is: rows shift between pages."""

    def find() -> list[int]:
        return world.cached((sql, *args), lambda: [id_ for (id_,) in world.rows(sql, args)])

    ids = find()
    start = (number - 1) * size
    if mutation := call.drew("mutate"):
        due = ids[start : start + size]
        faults.mutate(world.home, account, call.stream, due, mutation.params)
        world.refresh()
        ids = find()
    if (repeated := call.drew("repeat")) and number > 1:
        start -= int(repeated.params.get("rows", 10))
    shown = ids[start : (number - 1) * size + size]
    found = world.bodies(account, call.stream, shown)
    return [found[id_] for id_ in shown if id_ in found], len(ids)
