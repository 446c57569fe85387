"""What each code brought over a period: what was charged, what was taken back of it, what is left.

A code's turnover is what its postings credited to control folios less what they debited: a transfer between guests
moves nothing, a correction and an allowance count against the day on which they were posted. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.codes import DEPARTMENTS
from folios.models import Folio, Posting, TransactionCode, Voucher

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


def by_code(session: Session, first: date, last: date, kinds: Iterable[str] = ("charge",)) -> list[Turnover]:
    """Every code of the kinds that moved from `first` to `last`, in USALI's order of departments. One statement."""
    debited, credited = aliased(Folio), aliased(Folio)
    sign = sa.case((credited.type == "control", 1), else_=0) - sa.case((debited.type == "control", 1), else_=0)
    taken = Voucher.kind.in_(TAKEN_BACK)
    amount = sign * Posting.amount_minor
    rows: Any = session.execute(
        sa.select(
            TransactionCode.code,
            TransactionCode.name,
            TransactionCode.kind,
            TransactionCode.department,
            _sum(sa.case((taken, 0), else_=amount)),
            _sum(sa.case((taken, -amount), else_=0)),
        )
        .select_from(Posting)
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(debited, debited.id == Posting.debit_folio_id)
        .join(credited, credited.id == Posting.credit_folio_id)
        .where(Posting.business_date.between(first, last), TransactionCode.kind.in_(list(kinds)))
        .group_by(TransactionCode.code, TransactionCode.name, TransactionCode.kind, TransactionCode.department)
    )
    found = [Turnover(row[0], row[1], row[2], row[3], int(row[4]), int(row[5])) for row in rows]
    return sorted(found, key=lambda each: (*usali(each.department), each.code))


def by_day(session: Session, first: date, last: date) -> dict[tuple[date, str], int]:
    """The net revenue of each department, day by day; one statement."""
    debited, credited = aliased(Folio), aliased(Folio)
    sign = sa.case((credited.type == "control", 1), else_=0) - sa.case((debited.type == "control", 1), else_=0)
    rows: Any = session.execute(
        sa.select(Posting.business_date, TransactionCode.department, _sum(sign * Posting.amount_minor))
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .join(debited, debited.id == Posting.debit_folio_id)
        .join(credited, credited.id == Posting.credit_folio_id)
        .where(Posting.business_date.between(first, last), TransactionCode.kind == "charge")
        .group_by(Posting.business_date, TransactionCode.department)
    )
    return {(row[0], row[1]): int(row[2]) for row in rows}


def usali(department: str) -> tuple[int, str]:
    """Where a department stands: those of USALI in their order, what the hotel added behind them by name."""
    place = DEPARTMENTS.index(department) if department in DEPARTMENTS else len(DEPARTMENTS)
    return place, department


def _sum(column: Any) -> Any:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)
