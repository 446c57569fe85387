"""What stood on ledgers and folios at the start and the end of a business day, and what moved between.

Closed days are read from their closings, so that an old ledger costs no more than a young one; what is not closed yet
is added from the postings. The figures are the same before and after the close.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.business_day import movements
from folios.models import LEDGERS, TYPES, BusinessDay, ClosingBalance, Folio, LedgerClosing, Posting
from night_audit.reports.asking import DAY, of_day


@dataclass(frozen=True, slots=True)
class Moved:
    """An account over a day, in minor units; debits less credits. `key` names it: (ledger, type), or a folio's id."""

    key: Any
    opening_minor: int
    debits_minor: int
    credits_minor: int

    @property
    def closing_minor(self) -> int:
        """Opening plus debits less credits."""
        return self.opening_minor + self.debits_minor - self.credits_minor


@dataclass(frozen=True, slots=True)
class FolioMoved(Moved):
    """The same for a folio, with what it is called."""

    number: str
    name: str
    type: str
    house_limit_minor: int | None
    opened_on: date


_LEDGERS = sa.select(
    LedgerClosing.ledger,
    LedgerClosing.type,
    LedgerClosing.opening_minor,
    LedgerClosing.debits_minor,
    LedgerClosing.credits_minor,
).where(LedgerClosing.business_date == DAY)


def ledgers(session: Session, day: date) -> list[Moved]:
    """Each ledger and folio type on a day, in the trade's order; those that never moved are left out."""
    closed = session.execute(_LEDGERS, of_day(day)).all()
    found = {(row[0], row[1]): [row[2], row[3], row[4]] for row in closed} or _live_ledgers(session, day)
    order = {(ledger, type): (LEDGERS.index(ledger), TYPES.index(type)) for ledger, type in found}
    return [Moved(key, *(int(each) for each in found[key])) for key in sorted(found, key=lambda key: order[key])]


def _live_ledgers(session: Session, day: date) -> dict[tuple[str, str], list[int]]:
    last = session.scalar(sa.select(sa.func.max(LedgerClosing.business_date)).where(LedgerClosing.business_date < day))
    found: dict[tuple[str, str], list[int]] = {}
    for row in session.scalars(sa.select(LedgerClosing).where(LedgerClosing.business_date == last)):
        found[row.ledger, row.type] = [row.closing_minor, 0, 0]
    for side, place in ((Posting.debit_folio_id, 1), (Posting.credit_folio_id, 2)):
        today = Posting.business_date == day
        amounts: Any = session.execute(
            sa.select(Folio.ledger, Folio.type, today, sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger))
            .join(Folio, Folio.id == side)
            .where(Posting.business_date <= day)
            .where(Posting.business_date > last if last is not None else sa.true())
            .group_by(Folio.ledger, Folio.type, today)
        )
        for ledger, type, on_day, amount in amounts:
            sums = found.setdefault((ledger, type), [0, 0, 0])
            if on_day:
                sums[place] += amount
            else:
                sums[0] += amount if place == 1 else -amount
    return found


_NAMED = (Folio.id, Folio.number, Folio.name, Folio.type, Folio.house_limit_minor, Folio.opened_on)
_OF_LEDGERS = Folio.ledger.in_(sa.bindparam("ledgers", expanding=True))
_STATUS = sa.select(BusinessDay.status).where(BusinessDay.business_date == DAY)


def folios(session: Session, day: date, *ledgers: str) -> list[FolioMoved]:
    """Every folio of the ledgers with a balance or a movement on a day, by number. Two statements.

    A folio that was closed before the day stood at zero and is not looked at.
    """
    closed = session.scalar(_STATUS, of_day(day)) == "closed"
    rows: Any = session.execute(_closed() if closed else _live(), {"day": day, "ledgers": ledgers})
    return [
        FolioMoved(row[0], int(row[6]), int(row[7]), int(row[8]), row[1], row[2], row[3], row[4], row[5])
        for row in rows
        if row[6] or row[7] or row[8]
    ]


_STILL_OPEN = sa.or_(Folio.closed_on.is_(None), Folio.closed_on > DAY)


@cache
def _closed() -> Any:
    """What the closings of the day say of those that moved, and the last closing before of those that did not."""
    moved = (
        sa.select(*_NAMED, ClosingBalance.opening_minor, ClosingBalance.debits_minor, ClosingBalance.credits_minor)
        .join(ClosingBalance, ClosingBalance.folio_id == Folio.id)
        .where(ClosingBalance.business_date == DAY, _OF_LEDGERS)
    )
    today = aliased(ClosingBalance)
    stood_still = ~sa.exists().where(today.folio_id == Folio.id, today.business_date == DAY)
    zero = sa.cast(0, sa.BigInteger)
    standing = sa.select(*_NAMED, _last_closing().label("opening"), zero, zero).where(
        _OF_LEDGERS, Folio.opened_on <= DAY, _STILL_OPEN, stood_still
    )
    both = sa.union_all(moved, standing).subquery()
    return sa.select(both).order_by(both.c.number)


def _last_closing() -> Any:
    """A folio's balance at the start of the day, as far as it was closed before; none where it had not moved."""
    return (
        sa.select(ClosingBalance.closing_minor)
        .where(ClosingBalance.folio_id == Folio.id, ClosingBalance.business_date < DAY)
        .order_by(ClosingBalance.business_date.desc())
        .limit(1)
        .scalar_subquery()
    )


@cache
def _live() -> Any:
    moved = movements(DAY)
    return (
        sa.select(
            *_NAMED,
            _opening().label("opening"),
            sa.func.coalesce(moved.c.debits_minor, 0),
            sa.func.coalesce(moved.c.credits_minor, 0),
        )
        .outerjoin(moved, moved.c.folio_id == Folio.id)
        .where(_OF_LEDGERS, Folio.opened_on <= DAY)
        .where(sa.or_(_STILL_OPEN, moved.c.folio_id.is_not(None)))
        .order_by(Folio.number)
    )


def _opening() -> Any:
    """The balance at the start of the day: the last closing before it, and what days not closed yet moved since."""
    return sa.func.coalesce(_last_closing(), 0) + _since(Posting.debit_folio_id) - _since(Posting.credit_folio_id)


def _since(side: Any) -> Any:
    unclosed = sa.select(BusinessDay.business_date).where(
        BusinessDay.status != "closed", BusinessDay.business_date < DAY
    )
    moved = sa.select(sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger)).where(
        side == Folio.id, Posting.business_date.in_(unclosed)
    )
    return sa.func.coalesce(moved.scalar_subquery(), 0)
