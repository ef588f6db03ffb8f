"""One employer: its jobs over three years, their stages, its staff, reasons and channels.

A pure function of (seed, company, number of applications). Ids of a company start at
(index + 1) * 10^10, so that no two accounts share one.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from random import Random

from sandbox import world_catalog as catalog
from sandbox.world_time import DAY, END, HOUR, START, T0

ID_SPAN = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Stage:
    stage_id: int
    name: str
    sort_order: int


@dataclass(frozen=True, slots=True)
class Job:
    """A job is visible from the moment it opens; None: it never closes."""

    job_id: int
    name: str
    department: str | None
    department_id: int | None
    offices: tuple[str, ...]
    office_ids: tuple[int, ...]
    label: str | None
    opened_at: int
    closed_at: int | None
    stages: tuple[Stage, ...]
    post_id: int
    recruiter_id: int
    coordinator_id: int


@dataclass(frozen=True, slots=True)
class Reason:
    reason_id: int
    name: str
    type_key: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class User:
    """`deactivated_at` None: active. Service accounts are hidden from the list by default."""

    user_id: int
    family: str
    given: str
    title: str
    is_service: bool
    is_admin: bool
    deactivated_at: int | None


@dataclass(frozen=True)
class Company:
    index: int
    company_id: str
    name: str
    lanes: tuple[tuple[Job, ...], ...]
    reasons: tuple[Reason, ...]
    users: tuple[User, ...]
    form_id: str
    ats: str
    form: str = "typeform"
    mail: str = ""  # how it sends rejection mails, see sandbox.mail; "": through its ATS
    hr: str = ""  # none

    @property
    def base_id(self) -> int:
        return (self.index + 1) * ID_SPAN

    @property
    def ats_account(self) -> str:
        return f"{self.company_id}_{self.ats}"

    @property
    def form_account(self) -> str:
        return f"{self.company_id}_{self.form}"

    @property
    def mail_account(self) -> str:
        return f"{self.company_id}_{self.mail}"

    @property
    def hr_account(self) -> str:
        return f"{self.company_id}_{self.hr}"

    @property
    def operator(self) -> str:
        return f"{self.company_id}_operator"

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(job for lane in self.lanes for job in lane)

    @cached_property
    def reasons_by_type(self) -> dict[str, tuple[Reason, ...]]:
        return {
            key: tuple(reason for reason in self.reasons if reason.type_key == key)
            for key in catalog.REASON_TYPES
        }

    @cached_property
    def source_weights(self) -> list[int]:
        return list(accumulate(weight for *_, weight in catalog.SOURCES))

    @cached_property
    def lane_weights(self) -> list[float]:
        return list(accumulate(1 / (1 + 0.3 * n) for n in range(len(self.lanes))))

    @cached_property
    def _openings(self) -> list[list[int]]:
        return [[job.opened_at for job in lane] for lane in self.lanes]

    def job_at(self, rng: Random, time: int) -> Job:
        """A job that is open at `time`; busier lanes come up more often."""
        lane = bisect(self.lane_weights, rng.random() * self.lane_weights[-1])
        return self.lanes[lane][bisect(self._openings[lane], time) - 1]

    def reason(self, rng: Random, type_key: str) -> Reason:
        reasons = self.reasons_by_type[type_key]
        return reasons[int(rng.random() * len(reasons))]


def company(
    seed: int,
    index: int,
    applications: int,
    ats: str = "greenhouse",
    form: str = "typeform",
    mail: str = "",
    hr: str = "",
) -> Company:
    """The `index`-th employer of a world in which it has `applications` until T0, kept in `ats`;
    people register by `form`, `mail` sends its rejection mails, and its staff is kept in `hr`."""
    company_id, name = catalog.COMPANIES[index]
    rng = Random(f"{seed}:{company_id}:company")
    base = (index + 1) * ID_SPAN
    users = _users(base)
    recruiters = [u.user_id for u in users if u.title == "リクルーター" and not u.deactivated_at]
    lanes = max(len(catalog.JOBS), min(120, applications // 150))
    return Company(
        index,
        company_id,
        name,
        tuple(_lane(rng, base, number, recruiters, users[4].user_id) for number in range(lanes)),
        tuple(
            Reason(base + number + 1, reason, key, is_default)
            for number, (reason, key, is_default) in enumerate(catalog.REASONS)
        ),
        users,
        "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789", k=8)),
        ats,
        form,
        mail,
        hr,
    )


def _lane(
    rng: Random, base: int, number: int, recruiters: list[int], coordinator_id: int
) -> tuple[Job, ...]:
    """A title that is always open: when one job closes, the next opens."""
    title, department, label = catalog.JOBS[number % len(catalog.JOBS)]
    if number >= len(catalog.JOBS):
        title = f"{title} {number // len(catalog.JOBS) + 1}"
    first_office = int(rng.random() * len(catalog.OFFICES))
    indexes = [first_office, (first_office + 1) % len(catalog.OFFICES)]
    offices = indexes[: 2 if number % 4 == 1 else 1] if title != "オープンポジション" else []
    jobs: list[Job] = []
    opened = START - DAY * 20 + 10 * HOUR + number * HOUR // 4
    while opened < END + DAY * 120:
        closes = opened + DAY * int(rng.uniform(150, 700)) + int(rng.random() * 6 * HOUR)
        serial = number * 10 + len(jobs)
        job_id = base + 1000 + serial
        names = catalog.SHORT_STAGES if label in ("アルバイト", "パート") else catalog.STAGES
        jobs.append(
            Job(
                job_id,
                title if not jobs else f"{title}（第{len(jobs) + 1}期）",
                department,
                base + 1 + catalog.DEPARTMENTS.index(department) if department else None,
                tuple(catalog.OFFICES[i][0] for i in offices),
                tuple(base + 1 + i for i in offices),
                label,
                opened,
                closes if closes < END + DAY * 120 else None,
                tuple(
                    Stage(base + 100_000 + serial * 10 + order, name, order)
                    for order, name in enumerate(names)
                ),
                base + 200_000 + serial * 2,
                recruiters[int(rng.random() * len(recruiters))],
                coordinator_id,
            )
        )
        opened = closes
    return tuple(jobs)


def _users(base: int) -> tuple[User, ...]:
    """Staff, of whom one has left before T0 and one leaves after, and two service accounts."""
    left = {8: START + DAY * 400 + 3 * HOUR, 9: T0 + DAY * 45 + 3 * HOUR}
    staff = [
        User(base + 1 + n, family, given, title, False, n == 0, left.get(n))
        for n, (family, given, title) in enumerate(catalog.STAFF)
    ]
    services = [
        User(base + 101, "Integration", "Harvest", "service", True, True, None),
        User(base + 102, "Integration", "Legacy", "service", True, False, START + DAY * 100),
    ]
    return (*staff, *services)
