"""Greenhouse through a partner's app: refresh tokens that are good once, and dead after a day."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import psycopg
import pytest

import warehouse
from extractors.errors import CredentialsError
from extractors.run import run_stream
from sandbox import faults, store
from sandbox.refresh_tokens import refresh_token
from tests.extractors.conftest import Vendor
from tests.sandbox.small import CLOCK
from tests.sandbox.small_world import APPLICATIONS, HARVEST

Setting = Callable[[str, object], None]
Login = Callable[..., None]
SignIn = Callable[..., None]
CONFIG = """\
[[connections]]
name = "aozora_greenhouse"
company = "aozora"
source = "greenhouse"
conn_id = "aozora_greenhouse"
options = { start_date = 2026-01-01, attempts = 1 }
"""


@pytest.fixture
def sign_in(
    login: Login, running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, warehouse_url: str
) -> SignIn:
    """Stores the refresh token of the n-th refresh, 0 for that of the authorisation."""

    def store_token(refresh: int = 0, **parts: object) -> None:
        token_url = f"{running[1]}/greenhouse/token"
        extra = {"token_url": token_url, "refresh_token": refresh_token(HARVEST, refresh)}
        login(HARVEST.account, **{"extra": extra, **parts})

    return store_token


@pytest.fixture
def partner(harvest: Vendor, setting: Setting, sign_in: SignIn) -> Vendor:
    setting("greenhouse_partner", "true")
    kept_file().unlink(missing_ok=True)
    sign_in()
    return harvest


def kept_file() -> Path:
    return warehouse.home() / "rotating.json"


def kept() -> dict[str, str]:
    """What RELAY_HOME holds: the refresh token, and since when."""
    values = orjson.loads(kept_file().read_bytes())
    return {"since" if key.endswith(":since") else "token": values[key] for key in values}


def read(vendor: Vendor) -> int:
    """How many applications a run of its own lands or knows."""
    return run_stream(
        vendor.connection(attempts=1),
        "applications",
        full=True,
        run_id="partner",
        report=vendor.notices.append,
    ).read


def leave_unused(vendor: Vendor, hours: float) -> None:
    """Let that time pass at the vendor and here since the last refresh."""
    then = timedelta(hours=hours)
    with store.transaction(store.open_world(vendor.home)) as world:
        at = datetime.fromisoformat(CLOCK) - then
        store.set_meta(world, f"greenhouse_refreshed_at:{HARVEST.account}", at.isoformat())
    values = orjson.loads(kept_file().read_bytes())
    since = (datetime.now(UTC) - then).isoformat()
    kept_file().write_bytes(
        orjson.dumps({k: since if k.endswith(":since") else v for k, v in values.items()})
    )


def refreshes(vendor: Vendor) -> int:
    """How often the vendor has given a new pair."""
    with store.transaction(store.open_world(vendor.home)) as world:
        return int(store.get_meta(world, f"greenhouse_refreshes:{HARVEST.account}") or 0)


def authorise_anew(vendor: Vendor, sign_in: SignIn) -> None:
    """As the company's administrator and the operator do."""
    with store.transaction(store.open_world(vendor.home)) as world:
        for name, value in (("refreshes", "100"), ("refreshed_at", CLOCK)):
            store.set_meta(world, f"greenhouse_{name}:{HARVEST.account}", value)
    sign_in(100)


def test_a_first_load_keeps_the_token_that_follows(partner: Vendor) -> None:
    assert read(partner) == APPLICATIONS
    assert kept()["token"] == refresh_token(HARVEST, 1)
    assert datetime.now(UTC) - datetime.fromisoformat(kept()["since"]) < timedelta(minutes=1)
    assert kept_file().stat().st_mode & 0o777 == 0o600
    with psycopg.connect(warehouse.url()) as owner:
        found = owner.execute("select count(*) from raw_greenhouse.applications").fetchone()
    assert found == (APPLICATIONS,)


def test_each_later_run_uses_the_token_that_was_kept(partner: Vendor) -> None:
    assert [read(partner) for _ in range(3)] == [APPLICATIONS] * 3
    assert kept()["token"] == refresh_token(HARVEST, 3)


def test_an_access_token_that_ends_in_a_run_is_renewed(partner: Vendor) -> None:
    partner.fault("applications", "expired")
    assert read(partner) == APPLICATIONS
    assert kept()["token"] == refresh_token(HARVEST, 2)


@pytest.fixture
def command(partner: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A run in a process of its own, but for the names of its streams."""
    (tmp_path / "relay.toml").write_text(CONFIG, "utf-8")
    monkeypatch.setenv("RELAY_CONFIG", str(tmp_path / "relay.toml"))
    run = [sys.executable, "-m", "extractors", "run", HARVEST.account]
    return [*run, "--full", "--stream"]


def kill_once(happened: Callable[[], bool], command: list[str]) -> None:
    child = subprocess.Popen([*command, "applications"], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not happened() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert child.poll() is None, "it should still wait for an answer"
    child.kill()
    child.wait()


def test_killed_before_the_answer_came_the_chain_is_broken_and_mended(
    partner: Vendor, command: list[str], sign_in: SignIn
) -> None:
    """The vendor has used the token up, and nobody knows the next one."""
    partner.fault("token", "drip", seconds=60)
    kill_once(lambda: refreshes(partner) == 1, command)
    assert not kept_file().exists()
    with pytest.raises(CredentialsError, match=r"HTTP 400, invalid_grant.*authorise the app anew"):
        read(partner)
    authorise_anew(partner, sign_in)
    assert read(partner) == APPLICATIONS


def test_killed_after_the_answer_came_nothing_is_lost(partner: Vendor, command: list[str]) -> None:
    partner.fault("applications", "drip", seconds=60)
    kill_once(kept_file().exists, command)
    assert kept()["token"] == refresh_token(HARVEST, 1)
    faults.clear(partner.home)
    assert read(partner) == APPLICATIONS


def test_two_runs_at_once_take_turns(partner: Vendor, command: list[str]) -> None:
    """Two streams, each in a process of its own as Airflow has them; the second asks while the
    first one's answer is still on its way."""
    partner.fault("token", "drip", times=2, seconds=3)
    both = [
        subprocess.Popen([*command, stream], stdout=subprocess.DEVNULL)
        for stream in ("applications", "users")
    ]
    assert [process.wait(120) for process in both] == [0, 0]
    assert kept()["token"] == refresh_token(HARVEST, 2)


def test_left_unused_for_a_day_it_is_dead_and_the_error_says_why(
    partner: Vendor, sign_in: SignIn
) -> None:
    read(partner)
    leave_unused(partner, 25)
    with pytest.raises(CredentialsError) as caught:
        read(partner)
    message = str(caught.value)
    assert "HTTP 400, invalid_grant" in message
    assert "dead when it is not used for 24 hours" in message
    assert "this one is 25 hours old, so schedule the connection more often" in message
    assert "authorise the app anew and store its refresh token in extra.refresh_token" in message
    assert refresh_token(HARVEST, 1) not in message
    assert "\n" not in message
    authorise_anew(partner, sign_in)
    assert read(partner) == APPLICATIONS
    assert len(orjson.loads(kept_file().read_bytes())) == 2, "nothing is left of the old chain"


def test_somebody_else_who_uses_it_is_told_from_its_age(partner: Vendor, setting: Setting) -> None:
    read(partner)
    setting(f"greenhouse_refreshes:{HARVEST.account}", 7)
    with pytest.raises(CredentialsError, match="something else uses the same authorisation"):
        read(partner)


@pytest.mark.parametrize(("hours", "told"), [(5, 0), (13, 1), (23.9, 1)])
def test_before_it_dies_a_run_says_so_once(partner: Vendor, hours: float, told: int) -> None:
    read(partner)
    leave_unused(partner, hours)
    read(partner)
    read(partner)
    soon = [line for line in partner.notices if "would be dead after 24 hours" in line]
    assert len(soon) == told
    assert all(f"was not used for {int(hours)} hours" in line for line in soon)


def test_what_was_kept_without_its_age_is_used(partner: Vendor) -> None:
    read(partner)
    values = orjson.loads(kept_file().read_bytes())
    kept_file().write_bytes(orjson.dumps({k: v for k, v in values.items() if k[-6:] != ":since"}))
    assert read(partner) == APPLICATIONS
    assert kept()["token"] == refresh_token(HARVEST, 2)


def test_client_credentials_are_refused_to_a_partner(partner: Vendor, login: Login) -> None:
    login(HARVEST.account)
    with pytest.raises(CredentialsError, match="HTTP 400, unauthorized_client"):
        read(partner)


def test_a_refresh_token_of_a_credential_that_is_no_partners_is_refused(
    partner: Vendor, setting: Setting
) -> None:
    setting("greenhouse_partner", "false")
    with pytest.raises(CredentialsError, match=r"unauthorized_client.*check login \(client id\)"):
        read(partner)


def test_a_wrong_secret_is_not_taken_for_a_dead_token(partner: Vendor, sign_in: SignIn) -> None:
    sign_in(password="wrong")
    with pytest.raises(CredentialsError, match=r"HTTP 401, invalid_client.*Remedy: check login"):
        read(partner)


@pytest.mark.parametrize("missing", ["login", "password"])
def test_what_is_missing_is_told(partner: Vendor, sign_in: SignIn, missing: str) -> None:
    sign_in(**{missing: None})
    with pytest.raises(CredentialsError, match=r"lacks a login, a password or extra\.refresh"):
        read(partner)
