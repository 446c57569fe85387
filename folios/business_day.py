"""The business day: the ledger's date, never the clock's, and its small state machine.

open -> auditing -> closed. Rolling opens the next day first, so that the desk and the outlets never stop; the night
audit then works on the day it left behind and closes it. Closing balances are written here, once per day, in sets.

Whoever posts, or checks a guest in or out, holds the day: shared among them, and whoever moves it on waits for them.
On PostgreSQL the day's row alone would let ever new holders pass the one who waits to roll it; so there is a gate in
front of it, an advisory lock of the transaction, which is given in the order of asking. The row is locked behind the
gate all the same: a statement that waited there still sees the day as it was, and only the row's lock looks again. To
close a rolled day the gate is not needed, since only the audit posts into it.
"""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import DayNotReady, NoOpenDay
from folios.events import record
from folios.models import BusinessDay, ClosingBalance, Folio, Ledger, LedgerClosing, Posting
from folios.prepared import Prepared
from folios.signals import day_closed, day_rolled

GATE = 4_703_187_002  # the gate of the day, one number for every installation

NEXT = {("open", "roll"): "auditing", ("auditing", "close"): "closed"}


def open_date(session: Session) -> date:
    """The business date that is open to the desk. Refuses (`NoOpenDay`) when there is none."""
    return _only(session, "open")


def hold_open_day(session: Session) -> date:
    """The open business date, which cannot be rolled before this unit of work ends. Refuses `NoOpenDay`.

    Whoever posts, or checks a guest in or out, holds the day before anything else, so that nothing but the audit itself
    changes the day it works on.
    """
    held = hold_day(session.connection(), "open")
    if held is None:
        raise NoOpenDay
    return held[0]


def hold_day(connection: Connection, status: str) -> tuple[date, int] | None:
    """The day that is `open` or `auditing`, held so until the unit of work ends, with the catalogue's mark."""
    asked = {"status": status}
    # On PostgreSQL the day may be moved on while we wait for it: the second look finds the one there is now.
    row = _HELD.run(connection, asked).one_or_none() or _HELD.run(connection, asked).one_or_none()
    if row is None:
        return None
    day = row.business_date
    return date.fromisoformat(day) if isinstance(day, str) else day, row.catalogue_mark


_DAY = (
    sa.select(BusinessDay.business_date, Ledger.catalogue_mark)
    .join(Ledger, sa.true())
    .where(BusinessDay.status == sa.bindparam("status"))
)
# Rows are locked above all joins, so that whoever locks the day's row has passed the gate.
_GATE = sa.select(sa.func.pg_advisory_xact_lock_shared(sa.literal_column(str(GATE))).label("passed")).cte("gate")
_HELD = Prepared({"sqlite": _DAY, "postgresql": _DAY.join(_GATE, sa.true()).with_for_update(read=True, of=BusinessDay)})


def auditing_date(session: Session) -> date | None:
    """The day that was rolled and is not closed yet, if any."""
    return session.execute(
        sa.select(BusinessDay.business_date).where(BusinessDay.status == "auditing")
    ).scalar_one_or_none()


def roll(session: Session, operator: str, *, unseen: bool = False) -> tuple[date, date]:
    """Opens the next business date and leaves the open one to the audit; returns (left, opened).

    `unseen`: in a rehearsal nobody else sees the day that is rolled, so nobody need be kept from it by the gate.

    Refuses (`DayNotReady`) while an earlier day is still being audited. Two who roll at once: one rolls, the other is
    refused, since the open day's row is changed under its lock.
    """
    left = _only(session, "open")
    unfinished = auditing_date(session)
    if unfinished is not None:
        raise DayNotReady(day=unfinished, status="auditing")
    if session.get_bind().dialect.name == "postgresql" and not unseen:
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(GATE)))
    _move(session, left, "open", "roll", rolled_at=clock.now())
    opened = left + timedelta(days=1)
    session.execute(sa.insert(BusinessDay).values(business_date=opened, status="open", opened_at=clock.now()))
    record(session, "day.rolled", f"day:{left}", operator, None, {"opened": opened})
    day_rolled.send(session, left=left, opened=opened)
    return left, opened


def close_day(session: Session, day: date, operator: str) -> None:
    """Writes the closing balances of a rolled day and closes it; nothing can be posted into it afterwards."""
    _move(session, day, "auditing", "close", closed_at=clock.now())
    _close_folios(session, day)
    _close_ledgers(session, day)
    record(session, "day.closed", f"day:{day}", operator)
    day_closed.send(session, day=day)


def _only(session: Session, status: str) -> date:
    found = session.execute(
        sa.select(BusinessDay.business_date).where(BusinessDay.status == status)
    ).scalar_one_or_none()
    if found is None:
        raise NoOpenDay
    return found


def _move(session: Session, day: date, status: str, verb: str, **moments: object) -> None:
    moved = session.execute(
        sa.update(BusinessDay)
        .where(BusinessDay.business_date == day, BusinessDay.status == status)
        .values(status=NEXT[status, verb], **moments)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise DayNotReady(day=day, status=standing(session, day))


def standing(session: Session, day: date) -> str:
    """What a date is to the ledger: open, auditing or closed; `to_come` or `before_first` when it has no day yet."""
    found = session.execute(sa.select(BusinessDay.status).where(BusinessDay.business_date == day)).scalar_one_or_none()
    return found or ("to_come" if day > open_date(session) else "before_first")


def movements(day: date) -> sa.Subquery:
    """Per folio that moved on a day: folio_id, debits_minor, credits_minor."""
    zero = sa.literal(0)
    sides = sa.union_all(
        sa.select(
            Posting.debit_folio_id.label("folio_id"), Posting.amount_minor.label("debit"), zero.label("credit")
        ).where(Posting.business_date == day),
        sa.select(Posting.credit_folio_id, zero, Posting.amount_minor).where(Posting.business_date == day),
    ).subquery()
    return (
        sa.select(
            sides.c.folio_id,
            sa.cast(sa.func.sum(sides.c.debit), sa.BigInteger).label("debits_minor"),
            sa.cast(sa.func.sum(sides.c.credit), sa.BigInteger).label("credits_minor"),
        )
        .group_by(sides.c.folio_id)
        .subquery()
    )


def _close_folios(session: Session, day: date) -> None:
    moved = movements(day)
    opening = sa.func.coalesce(
        sa.select(ClosingBalance.closing_minor)
        .where(ClosingBalance.folio_id == moved.c.folio_id, ClosingBalance.business_date < day)
        .order_by(ClosingBalance.business_date.desc())
        .limit(1)
        .scalar_subquery(),
        0,
    )
    rows = sa.select(
        moved.c.folio_id,
        sa.literal(day),
        opening,
        moved.c.debits_minor,
        moved.c.credits_minor,
        opening + moved.c.debits_minor - moved.c.credits_minor,
    )
    columns = ["folio_id", "business_date", "opening_minor", "debits_minor", "credits_minor", "closing_minor"]
    session.execute(sa.insert(ClosingBalance).from_select(columns, rows))


def _close_ledgers(session: Session, day: date) -> None:
    """From the folios' closings of the day, which were written just before."""
    zero = sa.literal(0)
    before = sa.select(sa.func.max(LedgerClosing.business_date)).where(LedgerClosing.business_date < day)
    parts = sa.union_all(
        sa.select(
            LedgerClosing.ledger,
            LedgerClosing.type,
            LedgerClosing.currency,
            LedgerClosing.closing_minor.label("opening"),
            zero.label("debits"),
            zero.label("credits"),
        ).where(LedgerClosing.business_date == before.scalar_subquery()),
        sa.select(
            Folio.ledger, Folio.type, Folio.currency, zero, ClosingBalance.debits_minor, ClosingBalance.credits_minor
        )
        .join(ClosingBalance, ClosingBalance.folio_id == Folio.id)
        .where(ClosingBalance.business_date == day),
    ).subquery()
    opening, debits, credits = (
        sa.cast(sa.func.sum(column), sa.BigInteger) for column in (parts.c.opening, parts.c.debits, parts.c.credits)
    )
    rows = sa.select(
        sa.literal(day),
        parts.c.ledger,
        parts.c.type,
        parts.c.currency,
        opening,
        debits,
        credits,
        opening + debits - credits,
    ).group_by(parts.c.ledger, parts.c.type, parts.c.currency)
    columns = [
        "business_date",
        "ledger",
        "type",
        "currency",
        "opening_minor",
        "debits_minor",
        "credits_minor",
        "closing_minor",
    ]
    session.execute(sa.insert(LedgerClosing).from_select(columns, rows))
