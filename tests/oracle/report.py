"""``rpt_monthly``: what each run reported, kept between runs like the journal of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import md5

from tests.oracle.clock import jst_date, month_end
from tests.oracle.figures import Figures
from tests.oracle.kpis import next_month
from tests.oracle.rows import Row


@dataclass(frozen=True)
class Line:
    """A line of the report: a metric, and how long after the month's last day it is known."""

    metric: str
    label: str
    unit: str
    basis: str

    @property
    def waits(self) -> timedelta:
        return timedelta(days=60 if self.basis in ("cohort", "horizon") else 1)


LINES = (
    Line("applied", "応募", "applications", "period"),
    Line("rejected", "不採用", "applications", "period"),
    Line("mailed_in_month", "メール送信", "applications", "period"),
    Line("opened_in_month", "フォーム表示", "applications", "period"),
    Line("registered_in_month", "登録", "applications", "period"),
    Line("counted_in_month", "カウント対象", "applications", "period"),
    Line("mailed", "メール送信（不採用月別）", "applications", "cohort"),
    Line("opened", "フォーム表示（不採用月別）", "applications", "cohort"),
    Line("registered", "登録（不採用月別）", "applications", "cohort"),
    Line("counted", "カウント対象（不採用月別）", "applications", "cohort"),
    Line("slots_granted", "無料紹介枠の付与", "slots", "period"),
    Line("slots_used", "無料紹介枠の使用", "slots", "period"),
    Line("slots_expired", "無料紹介枠の期限切れ", "slots", "period"),
    Line("points_balance", "ポイント残高", "points", "balance"),
    Line("slots_balance", "無料紹介枠の残高", "slots", "balance"),
    Line("introduced", "紹介", "introductions", "period"),
    Line("interviewed", "面接", "introductions", "period"),
    Line("offered", "内定", "introductions", "period"),
    Line("accepted", "内定承諾", "introductions", "period"),
    Line("declined", "不成立", "introductions", "period"),
    Line("joined", "入社", "people", "period"),
    Line("joined_by_slot", "無料紹介枠による入社", "people", "period"),
    Line("retained_90", "90日定着", "people", "horizon"),
    Line("observed_90", "90日の判定対象", "people", "horizon"),
    Line("unknown_90", "90日不明", "people", "horizon"),
    Line("retained_365", "1年定着", "people", "horizon"),
    Line("observed_365", "1年の判定対象", "people", "horizon"),
    Line("unknown_365", "1年不明", "people", "horizon"),
)


@dataclass(frozen=True)
class Version:
    """A figure as one run reported it."""

    value: Decimal
    recorded_at: datetime


@dataclass
class Report:
    """Everything reported so far, each figure with its versions in order."""

    said: dict[tuple[str, date, str], list[Version]] = field(default_factory=dict)

    def close(self, found: Figures, clock: datetime) -> None:
        """Report the months that are closed at ``clock``, and what has changed of earlier ones."""
        firsts: dict[str, date] = {}
        for company, month, _ in (*found, *self.said):
            firsts[company] = min(month, firsts.get(company, month))
        for company, first in firsts.items():
            month = first
            while month <= jst_date(clock):
                for line in LINES:
                    if month_end(month) + line.waits <= jst_date(clock):
                        self._say((company, month, line.metric), found, clock)
                month = next_month(month)

    def _say(self, key: tuple[str, date, str], found: Figures, clock: datetime) -> None:
        value = found.get(key, Decimal(0))
        versions = self.said.setdefault(key, [])
        if not versions or versions[-1].value != value:
            versions.append(Version(value, clock))

    def rows(self) -> list[Row]:
        """The expected rows of ``rpt_monthly``."""
        return [row for key in self.said for row in self._versions(*key)]

    def current_rows(self) -> list[Row]:
        """The expected rows of ``rpt_monthly_current``."""
        return [
            {
                "company_id": company,
                "report_month": month,
                "metric": metric,
                **_described(metric),
                "value": versions[-1].value,
                "recorded_at": versions[-1].recorded_at,
                "first_value": versions[0].value,
                "first_recorded_at": versions[0].recorded_at,
                "restatements": len(versions) - 1,
            }
            for (company, month, metric), versions in self.said.items()
        ]

    def _versions(self, company: str, month: date, metric: str) -> Iterator[Row]:
        before: tuple[str, Decimal] | None = None
        for number, version in enumerate(self.said[company, month, metric], start=1):
            key = f"{company}:{month}:{metric}:{number}"
            report_id = md5(key.encode(), usedforsecurity=False).hexdigest()
            yield {
                "report_id": report_id,
                "company_id": company,
                "report_month": month,
                "metric": metric,
                **_described(metric),
                "value": version.value,
                "report_version": number,
                "recorded_at": version.recorded_at,
                "restates": before[0] if before else None,
                "previous_value": before[1] if before else None,
            }
            before = report_id, version.value


def _described(metric: str) -> Row:
    order, line = next((n, line) for n, line in enumerate(LINES, 1) if line.metric == metric)
    return {"report_order": order, "label": line.label, "unit": line.unit, "basis": line.basis}
