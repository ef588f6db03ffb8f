"""The server's read-only view of world.db.

Everything kept in memory is dropped as soon as another process commits (SQLite's data_version),
so a row that changes between two pages of a scan is seen changed, as at the vendor.

Settings in table `meta`; `<name>:<account>` wins over `<name>`:

| key | meaning | default |
|---|---|---|
| clock | the sandbox's frozen clock | required |
| may_write | greenhouse, lever: whether the credential may do what the sandbox takes | false |
| rate_limit, rate_window_s | greenhouse: requests per window, its real seconds | 100000, 30 |
| token_lifetime_s, cursor_lifetime_s | greenhouse: real seconds | 3600, 3600 |
| date_filter | greenhouse: pipe, bracket or both | both |
| greenhouse_partner | greenhouse: whether the account signs in by refresh tokens | false |
| greenhouse_refreshes, freee_refreshes | refreshes so far; the simulators write it | 0 |
| greenhouse_refreshed_at | when the last one was; the simulator writes it | never |
| lever_rate_per_s, lever_burst | lever: token bucket, in real seconds | 100000, 100000 |
| herp_base_path | herp: the path that its lists are under | /hire/v1 |
| herp_rate_limit, herp_rate_window_s | herp: requests per window, its real seconds | 100, 60 |
| talentio_rate_limit, talentio_rate_window_s | the same of talentio | 5000, 3600 |
| talentio_updated_filter | talentio: whether updatedAtFrom and updatedAtTo filter | false |
| google_forms_token_s | google_forms: real seconds that an access token lives | 3600 |
| google_forms_filter | google_forms: last or created, the time that is filtered | last |
| tally_rate_limit, tally_rate_window_s | tally: requests per window, its real seconds | 100, 60 |
| smarthr_rate_limit, smarthr_rate_window_s | smarthr: the hourly allowance | 5000, 3600 |
| smarthr_intensive_limit, smarthr_intensive_window_s | smarthr: the short one | 1000, 1 |
| smarthr_plan_limit | smarthr: whether the plan has no API | false |
| freee_rate_limit, freee_rate_window_s | freee: requests per window, real seconds | 10000, 3600 |
| typeform_rate_limit | requests per real second | 100000 |
| workable_rate_limit | workable: requests in rolling ten real seconds | 100000 |
| mailgun_rate_limit | requests per real second | 100000 |
| mailgun_retention_days | mailgun: days that events are kept; 0: for ever | 0 |
| ashby_history_limit | ashby: histories per real minute | 100000 |
| ashby_token_days | ashby: days of the clock that a sync token lives; 0: for ever | 0 |
| ashby_sync_pages | ashby: pages that a sync token may be followed by | 1000 |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sandbox import store

T = TypeVar("T")
CACHED_LISTS = 32
_TABLE = (__doc__ or "").partition("|---|")[2]
SETTINGS = frozenset(re.findall(r"\w+", " ".join(re.findall(r"(?m)^\| ([\w, ]+) \|", _TABLE))))
SETTINGS -= {"clock"}  # it is moved, not set
"""The settings that may be changed while a world is served."""


class World:
    """Records, accounts and settings as the vendors' customers may see them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._db = store.open_world(home)
        self._db.execute("pragma query_only = on")
        self._db.execute("pragma mmap_size = 1073741824")
        self._db.execute("pragma cache_size = -32768")
        self._version = -1
        self._meta: dict[str, str] = {}
        self._lists: dict[Hashable, Any] = {}
        self.accounts: list[store.Account] = []
        self.has_faults = False
        self.refresh()

    def refresh(self) -> None:
        """Forget what another process has changed since the last request."""
        (version,) = self._db.execute("pragma data_version").fetchone()
        if version == self._version:
            return
        self._version = version
        self._lists.clear()
        self._meta = dict(self._db.execute("select key, value from meta"))
        self.accounts = store.accounts(self._db)
        (faults,) = self._db.execute("select count(*) from faults").fetchone()
        self.has_faults = bool(faults)

    @property
    def clock(self) -> datetime:
        """The sandbox's now, UTC."""
        return datetime.fromisoformat(self._meta["clock"]).astimezone(UTC)

    def account(self, vendor: str, secret: str) -> store.Account | None:
        """The account of a vendor whose secret this is; None when it is nobody's."""
        mine = (account for account in self.accounts if account.vendor == vendor)
        return next((account for account in mine if secret and account.secret == secret), None)

    def setting(self, name: str, default: str, account: str | None = None) -> str:
        """The account's own value of a setting, else the general one, else the default."""
        general = self._meta.get(name, default)
        return general if account is None else self._meta.get(f"{name}:{account}", general)

    def cached(self, key: Hashable, make: Callable[[], T]) -> T:
        """`make()`, computed once per version of the database."""
        if key not in self._lists:
            if len(self._lists) >= CACHED_LISTS:
                self._lists.pop(next(iter(self._lists)))
            self._lists[key] = make()
        found: T = self._lists[key]
        return found

    def rows(self, sql: str, args: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Rows of a query."""
        return self._db.execute(sql, args)

    def bodies(self, account: str, stream: str, ids: Sequence[int]) -> dict[int, bytes]:
        """The records' JSON by id; a row deleted meanwhile is missing."""
        if not ids:
            return {}
        args: list[str | int] = [account, stream]
        low, high = min(ids), max(ids)
        if high - low < 4 * len(ids):  # a page of neighbours is read in one sweep
            condition, args = "between ? and ?", [*args, low, high]
        else:
            condition, args = f"in ({','.join('?' * len(ids))})", [*args, *ids]
        return dict(
            self._db.execute(
                "select id, cast(body as blob) from records"
                f" where account = ? and stream = ? and id {condition}",
                args,
            )
        )
