"""What each code brought over a period: what was charged, what was taken back of it, what is left.

A code's turnover is what its own control folio was credited less debited with it: a transfer between guests moves
nothing, a correction and an allowance count against the day on which they were posted. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.codes import DEPARTMENTS
from folios.models import BusinessDay, Posting, TransactionCode, Voucher
from night_audit.models.totals import DayCodeTotal
from night_audit.reports.asking import DAY, FIRST, LAST

TAKEN_BACK = ("correction", "allowance")
ROOMS, TAXES = "Rooms", "Taxes"


@dataclass(frozen=True, slots=True)
class Turnover:
    """A code's turnover: `posted_minor` first, `taken_minor` (not below zero for what was taken back) off it."""

    code: str
    name: str
    kind: str
    department: str
    posted_minor: int
    taken_minor: int

    @property
    def net_minor(self) -> int:
        """What is left."""
        return self.posted_minor - self.taken_minor


_KINDS = TransactionCode.kind.in_(sa.bindparam("kinds", expanding=True))


@cache
def _by_code() -> Any:
    taken, amount = Voucher.kind.in_(TAKEN_BACK), earned()
    code = (TransactionCode.code, TransactionCode.name, TransactionCode.kind, TransactionCode.department)
    return (
        sa.select(*code, _sum(sa.case((taken, 0), else_=amount)), _sum(sa.case((taken, -amount), else_=0)))
        .select_from(Posting)
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .where(Posting.business_date.between(FIRST, LAST), _KINDS)
        .group_by(*code)
    )


def by_code(session: Session, first: date, last: date, kinds: Iterable[str] = ("charge",)) -> list[Turnover]:
    """Every code of the kinds that moved from `first` to `last`, in USALI's order of departments. One statement."""
    rows: Any = session.execute(_by_code(), {"first": first, "last": last, "kinds": list(kinds)})
    found = [Turnover(row[0], row[1], row[2], row[3], int(row[4]), int(row[5])) for row in rows]
    return sorted(found, key=lambda each: (*usali(each.department), each.code))


@dataclass(frozen=True, slots=True)
class ToDate:
    """A code's turnover on a day and up to it: `day` as `Turnover` tells it, the net of the month and year to date."""

    day: Turnover
    month_minor: int
    year_minor: int


def to_date(session: Session, day: date, kinds: Iterable[str] = ("charge",)) -> list[ToDate]:
    """Every code of the kinds that moved in the year up to a day.

    A closed day is read from its running totals; a day still open is what has been posted since the last closed day of
    the year, on top of that day's.
    """
    last = session.scalar(_LAST_CLOSED, {"first": day.replace(month=1, day=1), "last": day})
    closed = {} if last is None else {each.day.code: each for each in _kept(session, last, kinds)}
    found = list(closed.values()) if last == day else _on_top(session, closed, last, day, kinds)
    return sorted(found, key=lambda each: (*usali(each.day.department), each.day.code))


_LAST_CLOSED = sa.select(sa.func.max(DayCodeTotal.business_date)).where(DayCodeTotal.business_date.between(FIRST, LAST))
_KEPT = (
    sa.select(*DayCodeTotal.__table__.columns, TransactionCode.name, TransactionCode.kind)
    .join(TransactionCode, TransactionCode.code == DayCodeTotal.code)
    .where(DayCodeTotal.business_date == DAY, _KINDS)
)


def _kept(session: Session, day: date, kinds: Iterable[str]) -> Iterator[ToDate]:
    rows: Any = session.execute(_KEPT, {"day": day, "kinds": list(kinds)})
    for row in rows:
        taken = row.corrected_minor + row.allowed_minor
        told = Turnover(row.code, row.name, row.kind, row.department, row.day_minor + taken, taken)
        yield ToDate(told, row.month_minor, row.year_minor)


def _on_top(
    session: Session, closed: Mapping[str, ToDate], last: date | None, day: date, kinds: Iterable[str]
) -> list[ToDate]:
    """The running totals of the closed day `last` with what was posted after it, up to `day`."""
    month = day.replace(day=1)
    since = day.replace(month=1, day=1) if last is None else last + timedelta(days=1)
    today, in_month, later = (
        {each.code: each for each in by_code(session, first, day, kinds)} for first in (day, max(since, month), since)
    )
    same_month = last is not None and last >= month
    found = []
    for code in closed.keys() | later.keys():
        before = closed.get(code)
        told = today.get(code) or replace(later[code] if before is None else before.day, posted_minor=0, taken_minor=0)
        month_minor = before.month_minor if before is not None and same_month else 0
        year_minor = 0 if before is None else before.year_minor
        if code in later:
            month_minor += in_month[code].net_minor if code in in_month else 0
            year_minor += later[code].net_minor
        found.append(ToDate(told, month_minor, year_minor))
    return found


_BY_DAY = (
    sa.select(
        DayCodeTotal.business_date,
        DayCodeTotal.department,
        sa.cast(sa.func.sum(DayCodeTotal.day_minor), sa.BigInteger),
    )
    .join(TransactionCode, TransactionCode.code == DayCodeTotal.code)
    .where(DayCodeTotal.business_date.between(FIRST, LAST), TransactionCode.kind == "charge")
    .group_by(DayCodeTotal.business_date, DayCodeTotal.department)
)


def by_day(session: Session, first: date, last: date) -> dict[tuple[date, str], int]:
    """The net revenue of each department, day by day: of closed days from their totals, else from the postings."""
    totals: Any = session.execute(_BY_DAY, {"first": first, "last": last})
    found = {(day, department): int(minor) for day, department, minor in totals}
    known = {day for day, _department in found}
    without: Any = session.scalars(
        sa.select(BusinessDay.business_date).where(BusinessDay.business_date.between(first, last))
    )
    missing = [day for day in without if day not in known]
    return found | (_live_by_day(session, missing) if missing else {})


def _live_by_day(session: Session, days: Sequence[date]) -> dict[tuple[date, str], int]:
    rows: Any = session.execute(
        sa.select(Posting.business_date, TransactionCode.department, _sum(earned()))
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .where(Posting.business_date.in_(days), TransactionCode.kind == "charge")
        .group_by(Posting.business_date, TransactionCode.department)
    )
    return {(row[0], row[1]): int(row[2]) for row in rows}


def earned() -> Any:
    """What a posting brings its code: its amount, below zero where it takes back, nothing where it moves value on."""
    return sign_of_own() * Posting.amount_minor


def sign_of_own() -> Any:
    """1 where a posting credits its code's own folio, -1 where it debits it, else 0."""
    own = TransactionCode.folio_id
    return sa.case((Posting.credit_folio_id == own, 1), else_=0) - sa.case((Posting.debit_folio_id == own, 1), else_=0)


def usali(department: str) -> tuple[int, str]:
    """Where a department stands: those of USALI in their order, what the hotel added behind them by name."""
    place = DEPARTMENTS.index(department) if department in DEPARTMENTS else len(DEPARTMENTS)
    return place, department


def _sum(column: Any) -> Any:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)
