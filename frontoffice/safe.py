"""The safe: the house's own cash, brought in from the bank (the change fund) and taken there (the deposit).

Floats and drops move between the safe and the drawers; those are in `shifts.py`. What is on its way stands on a control
folio of its own until the bank says it has it: both ends of the safe are in the books, so that neither drops nor
deposits change what the house owns.

The safe and its books. What is taken to the bank is counted out of the safe, so more than the books have there is
refused: the books are wrong, and a deposit made on them would hide it. A float is another matter: the cashier stands at
the desk with the cash in hand, and the guests wait; the general cashier enters the fund when they come in. So a float
that the books do not have is given out and told, at the desk, on the pages of shifts and safe, and in the trail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios import statements
from folios.business_day import hold_open_day
from folios.cash import Carried, carry
from folios.drafts import Origin, Posted
from folios.errors import N_, Refusal
from folios.events import record
from folios.ledger import currency
from folios.models import Folio, Posting, Voucher
from folios.money import Money
from frontoffice.cashiering import place
from frontoffice.models.cashiering import CashFolio

SENDER = "safe"
MOST_LISTED = 200


class SafeShort(Refusal):
    code = "safe.holds_less"
    message = N_(
        "The safe holds {balance} by the books; {requested} cannot be taken out of it. Count it, and enter what was "
        "brought in first."
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What the books have in the safe, and on its way to the bank (below zero: more came from there than went)."""

    safe_folio_id: int | None
    safe: Money
    bank_folio_id: int | None
    bank: Money


@dataclass(frozen=True, slots=True)
class Movement:
    """Cash into the safe (above zero) or out of it. `place` is where it came from or went to: a word of the desk."""

    voucher_id: int
    business_date: date
    operator: str
    place: str
    folio: str
    amount: Money
    reference: str | None
    remark: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """What one person brought into the safe and took out of it in a period."""

    operator: str
    brought: Money
    taken: Money


def bring_in(
    session: Session,
    amount: Money,
    operator: str,
    *,
    reference: str | None = None,
    remark: str | None = None,
    key: str | None = None,
) -> Posted:
    """Brings cash from the bank into the safe: the change fund, or more of it. Sent again it answers the same.

    Refuses an amount that is not above zero or too large, and another currency.
    """
    safe, bank = _hold_places(session, operator)
    carried = Carried(bank, safe, amount, reference=reference, remark=remark)
    posted = carry(session, carried, _origin(operator, key))
    return _told(session, "safe.brought_in", safe, amount, reference, operator, posted)


def take_to_bank(
    session: Session,
    amount: Money,
    operator: str,
    *,
    reference: str | None = None,
    remark: str | None = None,
    key: str | None = None,
) -> Posted:
    """Takes cash from the safe to the bank. `reference` is the number of the bag. Sent again it answers the same.

    Refuses (`SafeShort`) more than the books have in the safe, also of two who take at once, and as `bring_in`.
    """
    safe, bank = _hold_places(session, operator)
    carried = Carried(safe, bank, amount, reference=reference, remark=remark)
    posted = carry(session, carried, _origin(operator, key))
    left_minor = statements.balance(session, safe)
    if left_minor < 0 and not posted.replayed:
        raise SafeShort(balance=Money(left_minor, amount.currency) + amount, requested=amount)
    return _told(session, "safe.banked", safe, amount, reference, operator, posted)


def _origin(operator: str, key: str | None) -> Origin:
    """Without a shift: the safe is nobody's drawer, and in no cashier's report."""
    return Origin(operator, sender=None if key is None else SENDER, key=key)


def _told(
    session: Session, action: str, safe: int, amount: Money, reference: str | None, operator: str, posted: Posted
) -> Posted:
    if not posted.replayed:
        after = {"voucher": posted.voucher_id, "amount_minor": amount.minor, "reference": reference}
        record(session, action, f"folio:{safe}", operator, None, after)
    return posted


def _hold_places(session: Session, operator: str) -> tuple[int, int]:
    """The folios of safe and bank, the safe under its lock: one at a time takes out of it."""
    hold_open_day(session)
    return hold_safe(session, operator), place(session, "bank", operator)


def hold_safe(session: Session, operator: str) -> int:
    """The folio of the safe, by id, locked until the unit of work ends; it comes after the shift and its drawer."""
    folio_id = place(session, "safe", operator)
    session.get(CashFolio, folio_id, with_for_update={"key_share": True}, populate_existing=True)
    return folio_id


def tell_below_zero(session: Session, shift_id: int, operator: str) -> None:
    """Keeps in the trail that a float left the safe below zero by the books; nothing when it did not."""
    standing = stands(session)
    if standing.safe.minor < 0:
        after = {"balance_minor": standing.safe.minor, "shift": shift_id}
        record(session, "safe.below_zero", f"folio:{standing.safe_folio_id}", operator, None, after)


# --- looking --------------------------------------------------------------------------------------------------


def stands(session: Session) -> Standing:
    """What the books have in the safe and on its way. Three statements."""
    found: dict[str, int] = {
        row.place: row.folio_id
        for row in session.execute(
            sa.select(CashFolio.place, CashFolio.folio_id).where(CashFolio.place.in_(("safe", "bank")))
        )
    }
    minors, kept_in = statements.balances(session, list(found.values())), currency(session)
    safe, bank = found.get("safe"), found.get("bank")
    return Standing(safe, Money(minors.get(safe or 0, 0), kept_in), bank, Money(minors.get(bank or 0, 0), kept_in))


def movements(session: Session, from_day: date, to_day: date) -> Sequence[Movement]:
    """What went into and out of the safe on these business days (both included), the latest first. One statement."""
    here, other, there = aliased(CashFolio), aliased(CashFolio), aliased(Folio)
    comes_in = Posting.debit_folio_id == here.folio_id
    wanted = (
        sa.select(Posting, Voucher, other.place, there.number, comes_in.label("comes_in"))
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(here, sa.and_(here.place == "safe", sa.or_(comes_in, Posting.credit_folio_id == here.folio_id)))
        .join(there, there.id == sa.case((comes_in, Posting.credit_folio_id), else_=Posting.debit_folio_id))
        .outerjoin(other, other.folio_id == there.id)
        .where(Posting.business_date.between(from_day, to_day))
        .order_by(Posting.id.desc())
        .limit(MOST_LISTED)
    )
    return [_movement(row) for row in session.execute(wanted)]


def _movement(row: Any) -> Movement:
    posting, voucher = row[0], row[1]
    return Movement(
        voucher_id=voucher.id,
        business_date=posting.business_date,
        operator=voucher.operator,
        place=row[2] or "",
        folio=row[3],
        amount=Money(posting.amount_minor if row.comes_in else -posting.amount_minor, voucher.currency),
        reference=voucher.reference,
        remark=voucher.remark,
    )


def by_person(moved: Sequence[Movement]) -> list[Person]:
    """What each person brought in and took out, of the movements that are listed, by code."""
    found = []
    for operator in sorted({each.operator for each in moved}):
        amounts = [each.amount for each in moved if each.operator == operator]
        kept_in = amounts[0].currency
        brought = sum(each.minor for each in amounts if each.minor > 0)
        taken = -sum(each.minor for each in amounts if each.minor < 0)
        found.append(Person(operator, Money(brought, kept_in), Money(taken, kept_in)))
    return found
