"""What the command lines share: an error is one line and an exit status, SIGTERM ends a command as
Ctrl-C does, and tables go to stdout, with no word cut off.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

from rich.box import HEAVY_HEAD, Box
from rich.console import Console
from rich.table import Column, Table

from extractors.errors import RelayError
from warehouse import WarehouseError

STOPPED = 130
WIDTH = 160
"""Characters of a line in logs and pipes."""


def say(line: str) -> None:
    """One line of progress or of an error, to stderr."""
    print(line, file=sys.stderr, flush=True)


def stdout() -> Console:
    """Stdout; wide where it is no terminal (logs, pipes)."""
    return Console(width=None if sys.stdout.isatty() else WIDTH)


def table(
    words: Sequence[str],
    numbers: Sequence[str] = (),
    title: str | None = None,
    box: Box | None = HEAVY_HEAD,
) -> Table:
    """A table with columns of words, then of numbers. What is too long for a line goes on in the
    next one."""
    columns = [Column(header, overflow="fold") for header in words]
    columns += [Column(header, overflow="fold", justify="right") for header in numbers]
    return Table(*columns, title=title, title_justify="left", box=box)


def add_streams(parser: argparse.ArgumentParser) -> None:
    """The option that narrows a command to some streams, all without it."""
    parser.add_argument(
        "--stream", action="append", default=[], metavar="S", help="only this stream; may repeat"
    )


def guarded(command: Callable[[], int], stopped: str) -> int:
    """The exit status of `command`: its own, or that of the error it ends with, which is said in
    one line. `stopped` is said when a person or a service manager ends it."""
    try:
        return command()
    except (RelayError, WarehouseError, KeyboardInterrupt) as error:
        if _interrupted(error):
            say(f"stopped; {stopped}")
            return STOPPED
        say(f"error: {error}")
        return error.exit_code if isinstance(error, RelayError) else 2


def as_program(main: Callable[[], int]) -> NoReturn:
    """Be the process of a command; SIGTERM rolls back the transaction under way, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())


def _interrupted(error: BaseException | None) -> bool:
    """Whether an interrupt is behind the error: a query that it cut off can leave a session that
    refuses the next one, and that refusal is not what the command ended with."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
