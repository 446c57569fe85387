"""Sealing a closed day: its vouchers and postings in canonical form, hashed, chained to the day before.

The canonical form of a row is a JSON array of its columns in the order of the tables, without spaces, dates and moments
in ISO 8601 (moments in UTC), rows in the order of their ids, one a line. Whoever changes, adds or removes a row of a
sealed day, by whatever means, is found by `frontoffice verify`, which works the chain out anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.business_day import movements
from folios.drafts import ACTIONS
from folios.errors import N_, Refusal
from folios.events import record
from folios.models import BusinessDay, ClosingBalance, Event, Folio, LedgerClosing, Posting, Voucher
from folios.verify import Difference, identity
from night_audit.models.audits import DaySeal

GENESIS = "0" * 64
AT_ONCE = 2_000
MOST_NAMED = 5


class SealRefused(Refusal):
    """Params: `day`, `damage` (what is wrong where)."""

    code = "seal.damaged"
    message = N_(
        "{day} cannot be sealed, its rows were changed after they were written: {damage}. Run: frontoffice verify"
    )


class SealMissing(Refusal):
    code = "seal.missing"
    message = N_("{day} follows on a day that was never sealed.")


@dataclass(frozen=True, slots=True)
class Hashed:
    """What a day comes to: its hash in the chain, that of its balances, and how much it is over."""

    hash: str
    balances_hash: str
    vouchers: int
    postings: int


def seal_day(session: Session, day: date, operator: str) -> DaySeal:
    """Seals a closed day; a day that is sealed already answers its seal.

    Refuses (`SealRefused`, naming them) rows that do not agree with what was recorded when they were written.
    """
    sealed = session.get(DaySeal, day)
    if sealed is not None:
        return sealed
    damage = list(damaged(session, day))
    if damage:
        told = "; ".join(f"{each.where}: {each.expected} / {each.found}" for each in damage[:MOST_NAMED])
        raise SealRefused(day=day, damage=told)
    previous = _previous_hash(session, day)
    hashed = hash_day(session, day, previous)
    seal = DaySeal(
        business_date=day,
        previous_hash=previous,
        hash=hashed.hash,
        balances_hash=hashed.balances_hash,
        vouchers=hashed.vouchers,
        postings=hashed.postings,
        sealed_at=clock.now(),
        sealed_by=operator,
    )
    session.add(seal)
    session.flush()
    record(session, "day.sealed", f"day:{day}", operator, None, {"hash": seal.hash, "vouchers": seal.vouchers})
    return seal


def _previous_hash(session: Session, day: date) -> str:
    before = session.get(DaySeal, day - timedelta(days=1))
    if before is not None:
        return before.hash
    if session.scalar(sa.select(sa.func.count()).select_from(DaySeal).where(DaySeal.business_date < day)):
        raise SealMissing(day=day)
    return GENESIS


# --- the hash -------------------------------------------------------------------------------------------------


def hash_day(session: Session, day: date, previous: str) -> Hashed:
    """The hash of a day that follows on `previous`: over that, the date, each voucher and each posting."""
    chained = hashlib.sha256(f"{previous}\n{day.isoformat()}\n".encode())
    vouchers = _feed(session, chained, Voucher, day, Voucher.id)
    postings = _feed(session, chained, Posting, day, Posting.id)
    balances = hashlib.sha256()
    _feed(session, balances, ClosingBalance, day, ClosingBalance.folio_id)
    _feed(session, balances, LedgerClosing, day, LedgerClosing.ledger, LedgerClosing.type, LedgerClosing.currency)
    return Hashed(chained.hexdigest(), balances.hexdigest(), vouchers, postings)


def _feed(session: Session, hashed: Any, table: Any, day: date, *order: Any) -> int:
    """Adds the rows of a day to a hash, in pieces; returns how many there were."""
    columns = table.__table__.columns
    rows = session.execute(
        sa.select(*columns).where(columns.business_date == day).order_by(*order),
        execution_options={"yield_per": AT_ONCE},
    )
    count = 0
    for row in rows:
        hashed.update(canonical(row))
        count += 1
    return count


def canonical(row: Iterable[Any]) -> bytes:
    """A row as it is hashed: one line of JSON."""
    return json.dumps([_plain(each) for each in row], separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


# --- damage ---------------------------------------------------------------------------------------------------


def damaged(session: Session, day: date) -> Iterable[Difference]:
    """Rows of a closed day that are not what was recorded beside them: cheap, for it looks at that day alone."""
    yield from _vouchers_off(session, day)
    yield from _postings_off(session, day)
    yield from _closings_off(session, day)


def _vouchers_off(session: Session, day: date) -> Iterable[Difference]:
    """Each voucher's postings come to what its event told when it was written."""
    of_voucher = sa.cast(Event.after["voucher"].as_string(), sa.BigInteger)
    total = sa.cast(Event.after["total_minor"].as_string(), sa.BigInteger)
    told = (
        sa.select(of_voucher.label("voucher"), sa.func.sum(total).label("total"))
        .where(Event.business_date == day, Event.action.in_(ACTIONS.values()))
        .group_by(of_voucher)
        .subquery()
    )
    moved = (
        sa.select(Posting.voucher_id.label("voucher"), sa.func.sum(Posting.amount_minor).label("total"))
        .where(Posting.business_date == day)
        .group_by(Posting.voucher_id)
        .subquery()
    )
    found = session.execute(
        sa.select(Voucher.id, told.c.total, moved.c.total)
        .outerjoin(told, told.c.voucher == Voucher.id)
        .outerjoin(moved, moved.c.voucher == Voucher.id)
        .where(Voucher.business_date == day)
        .where(sa.func.coalesce(told.c.total, -1) != sa.func.coalesce(moved.c.total, 0))
        .order_by(Voucher.id)
    )
    for voucher, expected, is_now in found:
        yield Difference(f"voucher {voucher}", expected, is_now)
    lost = sa.select(told.c.voucher, told.c.total).where(
        ~sa.exists().where(Voucher.id == told.c.voucher, Voucher.business_date == day)
    )
    for voucher, expected in session.execute(lost):
        yield Difference(f"voucher {voucher}", expected, None)


def _postings_off(session: Session, day: date) -> Iterable[Difference]:
    strayed = (
        sa.select(Posting.id, Posting.voucher_id, Voucher.business_date)
        .outerjoin(Voucher, Voucher.id == Posting.voucher_id)
        .where(Posting.business_date == day)
        .where(sa.or_(Voucher.id.is_(None), Voucher.business_date != day))
    )
    for posting, voucher, of_day in session.execute(strayed):
        yield Difference(f"posting {posting} of voucher {voucher}", day, of_day)


def _closings_off(session: Session, day: date) -> Iterable[Difference]:
    moved = movements(day)
    closed = sa.select(ClosingBalance).where(ClosingBalance.business_date == day).subquery()
    found = session.execute(
        sa.select(
            Folio.number,
            moved.c.debits_minor,
            moved.c.credits_minor,
            closed.c.debits_minor,
            closed.c.credits_minor,
        )
        .outerjoin(moved, moved.c.folio_id == Folio.id)
        .outerjoin(closed, closed.c.folio_id == Folio.id)
        .where(sa.or_(moved.c.folio_id.is_not(None), closed.c.folio_id.is_not(None)))
        .where(
            sa.or_(
                sa.func.coalesce(moved.c.debits_minor, -1) != sa.func.coalesce(closed.c.debits_minor, -1),
                sa.func.coalesce(moved.c.credits_minor, -1) != sa.func.coalesce(closed.c.credits_minor, -1),
            )
        )
        .order_by(Folio.number)
    )
    for number, debits, credits, closed_debits, closed_credits in found:
        yield Difference(f"folio {number}", f"{closed_debits} - {closed_credits}", f"{debits} - {credits}")


# --- proving --------------------------------------------------------------------------------------------------


@identity(N_("each sealed day is as it was sealed, and follows on the seal of the day before"))
def _chain(session: Session) -> Iterable[Difference]:
    """The first day that was touched is named, and nothing after it: its seal says nothing about those."""
    previous, expected_day = GENESIS, None
    for seal in session.scalars(sa.select(DaySeal).order_by(DaySeal.business_date)).all():
        day = seal.business_date
        if expected_day is not None and day != expected_day:
            return [Difference(f"day {expected_day}", "a seal", "none")]
        if seal.previous_hash != previous:
            return [Difference(f"seal of day {day}", f"on {previous}", f"on {seal.previous_hash}")]
        hashed = hash_day(session, day, previous)
        if (hashed.hash, hashed.balances_hash) != (seal.hash, seal.balances_hash):
            what = f"{hashed.vouchers} vouchers, {hashed.postings} postings, {hashed.hash}"
            return [Difference(f"day {day}", f"{seal.vouchers} vouchers, {seal.postings} postings, {seal.hash}", what)]
        previous, expected_day = seal.hash, day + timedelta(days=1)
    return []


def unsealed(session: Session) -> date | None:
    """The day that was closed after the first seal and is not sealed, if there is one."""
    first = sa.select(sa.func.min(DaySeal.business_date)).scalar_subquery()
    sealed = sa.exists().where(DaySeal.business_date == BusinessDay.business_date)
    return session.scalar(
        sa.select(sa.func.min(BusinessDay.business_date)).where(
            BusinessDay.status == "closed", BusinessDay.business_date > first, ~sealed
        )
    )
