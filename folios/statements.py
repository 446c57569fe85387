"""The statement of a folio: what it opened with, each line with the running balance, what it closed with.

Any folio, any period. Opening balances of closed days are read from the closings, so that an old ledger costs no more
than a young one. How a statement is printed belongs to the doors.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.folios import get_folio
from folios.models import BusinessDay, ClosingBalance, Folio, Posting, TransactionCode, Voucher


class StatementLine(NamedTuple):
    """One posting as the folio sees it; exactly one of debit and credit is above zero. All figures in minor units."""

    posting_id: int
    business_date: date
    voucher_id: int
    kind: str
    code: str
    text: str
    quantity: int
    check_number: str | None
    reference: str | None
    operator: str
    debit_minor: int
    credit_minor: int
    parent_line: int | None
    balance_minor: int


_DEBIT, _CREDIT = (StatementLine._fields.index(name) for name in ("debit_minor", "credit_minor"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A folio over a period. `first` and `last` are the days asked for; None is from its beginning, to now."""

    folio_id: int
    number: str
    type: str
    name: str
    currency: str
    status: str
    first: date | None
    last: date | None
    opening_minor: int
    lines: tuple[StatementLine, ...]

    @property
    def closing_minor(self) -> int:
        """Opening plus debits less credits."""
        return self.lines[-1].balance_minor if self.lines else self.opening_minor


def statement(session: Session, folio_id: int, first: date | None = None, last: date | None = None) -> Statement:
    """The folio's lines from `first` to `last` (both included), in business-date order. Refuses an unknown folio."""
    folio = get_folio(session, folio_id)
    opening = balance_before(session, folio_id, first) if first is not None else 0
    rows: Any = session.connection().execute(
        _LINES, {"folio": folio_id, "first": first or date.min, "last": last or date.max}
    )
    lines: list[StatementLine] = []
    running = opening
    for row in rows.all():
        running += row[_DEBIT] - row[_CREDIT]
        lines.append(StatementLine._make((*row[:-1], running)))
    return Statement(
        folio_id,
        folio.number,
        folio.type,
        folio.name,
        folio.currency,
        folio.status,
        first,
        last,
        opening,
        tuple(lines),
    )


def balance_before(session: Session, folio_id: int, day: date) -> int:
    """The balance of any folio at the start of a business day, in minor units: its last closing and what came since."""
    closed = session.execute(
        sa.select(ClosingBalance.business_date, ClosingBalance.closing_minor)
        .where(ClosingBalance.folio_id == folio_id, ClosingBalance.business_date < day)
        .order_by(ClosingBalance.business_date.desc())
        .limit(1)
    ).one_or_none()
    since, closing = closed or (date.min, 0)
    moved = session.connection().execute(_MOVED, {"folio": folio_id, "since": since, "until": day}).scalar_one()
    return int(closing) + int(moved)


def balance(session: Session, folio_id: int) -> int:
    """The balance of any folio now, in minor units; a control folio's is worked out from its last closing."""
    return balance_before(session, folio_id, date.max)


def balances(session: Session, folio_ids: Collection[int]) -> dict[int, int]:
    """The balance of each of many folios now, in minor units, worked out as `balance` does; one statement.

    Folios that are unknown are left out.
    """
    rows = session.execute(_BALANCES, {"folios": list(folio_ids)})
    return {folio_id: int(minor) for folio_id, minor in rows}


def _lines(side: str) -> Any:
    here = Posting.debit_folio_id if side == "debit" else Posting.credit_folio_id
    zero = sa.literal(0)
    return (
        sa.select(
            Posting.id.label("posting_id"),
            Posting.business_date.label("business_date"),
            Posting.voucher_id.label("voucher_id"),
            Voucher.kind,
            Posting.code,
            sa.func.coalesce(Posting.text, TransactionCode.name).label("text"),
            Posting.quantity,
            Voucher.check_number,
            Voucher.reference,
            Voucher.operator,
            (Posting.amount_minor if side == "debit" else zero).label("debit_minor"),
            (zero if side == "debit" else Posting.amount_minor).label("credit_minor"),
            Posting.parent_line,
            Posting.line.label("line"),
        )
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .where(
            here == sa.bindparam("folio"), Posting.business_date.between(sa.bindparam("first"), sa.bindparam("last"))
        )
    )


_LINES = sa.union_all(_lines("debit"), _lines("credit")).order_by("business_date", "voucher_id", "line")


def _moved(side: Any) -> Any:
    return (
        sa.select(sa.func.coalesce(sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger), 0))
        .where(
            side == sa.bindparam("folio"),
            Posting.business_date > sa.bindparam("since"),
            Posting.business_date < sa.bindparam("until"),
        )
        .scalar_subquery()
    )


_MOVED = sa.select(_moved(Posting.debit_folio_id) - _moved(Posting.credit_folio_id))


def _moved_since_closing() -> Any:
    """What moved on each of the folios on days that are not closed; a closed day has its closing balance."""
    days = sa.select(BusinessDay.business_date).where(BusinessDay.status != "closed")
    sides = [
        sa.select(side.label("folio_id"), amount.label("minor")).where(
            side.in_(sa.bindparam("folios", expanding=True)), Posting.business_date.in_(days)
        )
        for side, amount in (
            (Posting.debit_folio_id, Posting.amount_minor),
            (Posting.credit_folio_id, -Posting.amount_minor),
        )
    ]
    moved = sa.union_all(*sides).subquery()
    total = sa.cast(sa.func.sum(moved.c.minor), sa.BigInteger).label("minor")
    return sa.select(moved.c.folio_id, total).group_by(moved.c.folio_id).subquery()


def _balances() -> Any:
    closing = (
        sa.select(ClosingBalance.closing_minor)
        .where(ClosingBalance.folio_id == Folio.id)
        .order_by(ClosingBalance.business_date.desc())
        .limit(1)
        .correlate(Folio)
        .scalar_subquery()
    )
    moved = _moved_since_closing()
    return (
        sa.select(Folio.id, sa.func.coalesce(closing, 0) + sa.func.coalesce(moved.c.minor, 0))
        .outerjoin(moved, moved.c.folio_id == Folio.id)
        .where(Folio.id.in_(sa.bindparam("folios", expanding=True)))
    )


_BALANCES = _balances()
