"""What the command lines of the extraction and of the gate share: an error is one line and an exit
status, and SIGTERM ends a command as Ctrl-C does.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from extractors.errors import RelayError
from warehouse import WarehouseError

STOPPED = 130


def say(line: str) -> None:
    """One line of progress or of an error, to stderr."""
    print(line, file=sys.stderr, flush=True)


def guarded(command: Callable[[], int], stopped: str) -> int:
    """The exit status of `command`: its own, or that of the error it ends with, which is said in
    one line. `stopped` is said when a person or a service manager ends it."""
    try:
        return command()
    except RelayError as error:
        say(f"error: {error}")
        return error.exit_code
    except WarehouseError as error:
        say(f"error: {error}")
        return 2
    except KeyboardInterrupt:
        say(f"stopped; {stopped}")
        return STOPPED


def as_program(main: Callable[[], int]) -> NoReturn:
    """Be the process of a command; SIGTERM rolls back the transaction under way, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
