"""`python -m analysis registration`: fit who registers on the rows that dbt built.

Exit codes: 0 done, 1 failed (the message names the remedy), 2 bad usage.
"""

import argparse
import sys
from collections.abc import Sequence

from warehouse import WarehouseError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m analysis", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser(
        "registration", help="who registers: a regression per company, into schema analysis"
    )
    parser.parse_args(arguments)
    from analysis import registration  # seconds to import: not for --help

    try:
        registration.run()
    except WarehouseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
