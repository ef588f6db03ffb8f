"""How a command of the extraction or of the gate ends."""

from __future__ import annotations

import psycopg
import pytest

import warehouse
from extractors.command import STOPPED, guarded
from extractors.errors import ConfigError, SourceError
from warehouse import WarehouseError


def test_an_interrupt_counts_although_the_session_refuses_to_be_tidied_up_after_it(
    warehouse_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    session = warehouse.connect("relay_loader", autocommit=True)

    def command() -> int:
        try:
            try:
                session.pgconn.send_query(b"select pg_sleep(60)")
                raise KeyboardInterrupt
            finally:
                session.execute("select pg_advisory_unlock_all()")
        except psycopg.OperationalError:
            raise WarehouseError("the warehouse went away") from None

    assert guarded(command, "landed pages are kept") == STOPPED
    assert capsys.readouterr().err == "stopped; landed pages are kept\n"
    session.close()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigError("no such connection"), 2),
        (SourceError("one stream failed"), 1),
        (WarehouseError("the warehouse is not there"), 2),
    ],
)
def test_an_error_is_one_line_and_its_status(
    error: Exception, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> int:
        raise error

    assert guarded(command, "landed pages are kept") == status
    assert capsys.readouterr().err == f"error: {error}\n"
