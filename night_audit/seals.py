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
    for some in rows.partitions():
        hashed.update(b"".join(map(canonical, some)))
        count += len(some)
    return count


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no canonical form")


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_plain).encode


def canonical(row: Iterable[Any]) -> bytes:
    """A row as it is hashed: one line of JSON."""
    return _encode(list(row)).encode() + b"\n"


# --- damage ---------------------------------------------------------------------------------------------------


def damaged(session: Session, day: date) -> Iterable[Difference]:
    """Rows of a closed day that are not what was recorded beside them: cheap, for it looks at that day alone."""
    yield from _vouchers_off(session, day)
    yield from _postings_off(session, day)
    yield from _closings_off(session, day)


def _vouchers_off(session: Session, day: date) -> Iterable[Difference]:
    """Each voucher's postings come to what its event told when it was written.

    What belongs together is brought together by grouping, never by a join: of a day that is new to it a database's
    planner expects a handful of rows, and would compare each with each.
    """
    of_voucher = sa.cast(Event.after["voucher"].as_string(), sa.BigInteger)
    total = sa.cast(Event.after["total_minor"].as_string(), sa.BigInteger)
    nothing = sa.cast(sa.null(), sa.BigInteger)
    parts = sa.union_all(
        sa.select(
            Voucher.id.label("voucher"), nothing.label("told"), nothing.label("moved"), sa.literal(1).label("one")
        ).where(Voucher.business_date == day),
        sa.select(of_voucher, total, nothing, sa.literal(0)).where(
            Event.business_date == day, Event.action.in_(ACTIONS.values())
        ),
        sa.select(Posting.voucher_id, nothing, Posting.amount_minor, sa.literal(0)).where(Posting.business_date == day),
    ).subquery()
    told, moved, there = (sa.func.sum(column) for column in (parts.c.told, parts.c.moved, parts.c.one))
    changed = sa.and_(there > 0, sa.func.coalesce(told, -1) != sa.func.coalesce(moved, 0))
    lost = sa.and_(there == 0, told.is_not(None))
    found = session.execute(
        sa.select(parts.c.voucher, sa.cast(told, sa.BigInteger), sa.cast(moved, sa.BigInteger), there)
        .group_by(parts.c.voucher)
        .having(sa.or_(changed, lost))
        .order_by(there.desc(), parts.c.voucher)
    )
    for voucher, expected, is_now, is_there in found:
        yield Difference(f"voucher {voucher}", expected, is_now if is_there else None)


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
    nothing = sa.cast(sa.null(), sa.BigInteger)
    parts = sa.union_all(
        sa.select(
            moved.c.folio_id,
            moved.c.debits_minor.label("debits"),
            moved.c.credits_minor.label("credits"),
            nothing.label("closed_debits"),
            nothing.label("closed_credits"),
        ),
        sa.select(
            ClosingBalance.folio_id, nothing, nothing, ClosingBalance.debits_minor, ClosingBalance.credits_minor
        ).where(ClosingBalance.business_date == day),
    ).subquery()
    # Each folio has one row of a kind at most.
    figures = [sa.func.max(parts.c[name]) for name in ("debits", "credits", "closed_debits", "closed_credits")]
    debits, credits, closed_debits, closed_credits = (sa.func.coalesce(each, -1) for each in figures)
    off = (
        sa.select(parts.c.folio_id, *(each.label(name) for each, name in zip(figures, "abcd", strict=True)))
        .group_by(parts.c.folio_id)
        .having(sa.or_(debits != closed_debits, credits != closed_credits))
        .subquery()
    )
    found = session.execute(
        sa.select(Folio.number, off.c.a, off.c.b, off.c.c, off.c.d)
        .join(off, off.c.folio_id == Folio.id)
        .order_by(Folio.number)
    )
    for number, debited, credited, told_debits, told_credits in found:
        yield Difference(f"folio {number}", f"{told_debits} - {told_credits}", f"{debited} - {credited}")


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
