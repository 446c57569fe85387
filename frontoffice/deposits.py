"""Deposits: money taken before arrival. It is owed to the guest until it is used, on a folio of the deposit ledger.

A stay has at most one deposit folio. Giving a deposit back is a refund from that folio (`folios.payments.refund`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.drafts import Origin, Posted
from folios.errors import N_, Refusal
from folios.events import record, record_all
from folios.folios import close_folios, get_folio, lock_folios, open_folio, reopen_folio
from folios.models import Folio
from folios.money import MOST_MINOR, Money
from folios.payments import Payment, pay, payment_content
from folios.transfers import transfer_all, transfer_all_content, transfer_each
from folios.vouchers import first_answer
from frontoffice.lifecycle import after, get_stays, lock_stays
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.windows import NewWindow, guest_names, open_windows, windows_of

DEPOSIT_ASKED = ("deposit_asked_minor", "deposit_due_on")
"""What a stay knows of the deposit it is asked for; nothing of it moves money."""


class NoDeposit(Refusal):
    code = "deposit.none"
    message = N_("Stay {stay} has no deposit.")


class DepositAskedIncomplete(Refusal):
    code = "deposit_asked.incomplete"
    message = N_("A deposit that is asked for needs its amount and the day it is due on, or neither.")


class DepositAskedInvalid(Refusal):
    code = "deposit_asked.invalid"
    message = N_("A deposit that is asked for is more than zero, and not more than an account can hold.")


def refuse_asked(asked_minor: int | None, due_on: date | None) -> None:
    """Refuses a deposit that is to be asked for: an amount (minor units) that cannot be, or no day to the amount."""
    if (asked_minor is None) != (due_on is None):
        raise DepositAskedIncomplete
    if asked_minor is not None and not 0 < asked_minor <= MOST_MINOR:
        raise DepositAskedInvalid


def missing_deposit(stay: Stay, held_minor: int) -> int:
    """What of the deposit asked of a stay that is still to come is not held, in minor units."""
    asked = stay.deposit_asked_minor if stay.status == "confirmed" else None
    return max((asked or 0) - held_minor, 0)


def take_deposit(
    session: Session,
    stay_id: int,
    *,
    code: str,
    amount: Money,
    origin: Origin,
    tender_folio_id: int | None = None,
    reference: str | None = None,
    remark: str | None = None,
) -> Posted:
    """Takes a deposit for a stay that has not begun, by a payment code as in `folios.payments.Payment`.

    Refuses stays in another state, and what a payment is refused for.
    """
    hold_open_day(session)
    stay = get_stays(session, [stay_id], locked=True)[stay_id]
    if stay.deposit_folio_id is not None:
        payment = Payment(stay.deposit_folio_id, code, amount, tender_folio_id, reference, remark)
        sent_before = first_answer(session, "payment", origin, payment_content(payment))
        if sent_before is not None:
            return sent_before
    after(stay, "take_deposit")
    folio = _open_deposit_folio(session, stay, origin.operator)
    return pay(session, Payment(folio.id, code, amount, tender_folio_id, reference, remark), origin)


def move_deposit(session: Session, stay_id: int, to_stay_id: int, origin: Origin, reason: str | None = None) -> Posted:
    """Moves the whole deposit of a stay that has not begun, or will not, to another that has not begun.

    Refuses when there is none (`NoDeposit`).
    """
    hold_open_day(session)
    stays = get_stays(session, [stay_id, to_stay_id], locked=True)
    held = (stays[stay_id].deposit_folio_id, stays[to_stay_id].deposit_folio_id)
    folio_ids = [folio_id for folio_id in held if folio_id is not None]
    lock_folios(session, folio_ids)
    if len(folio_ids) == 2:
        content = transfer_all_content(folio_ids[0], folio_ids[1], reason)
        sent_before = first_answer(session, "transfer", origin, content)
        if sent_before is not None:
            return sent_before
    after(stays[stay_id], "move_deposit")
    after(stays[to_stay_id], "take_deposit")
    folio_id = held_deposit(session, stays[stay_id])
    target = _open_deposit_folio(session, stays[to_stay_id], origin.operator)
    posted = transfer_all(session, folio_id, target.id, origin, reason=reason)
    close_folios(session, [folio_id], origin.operator)
    record(session, "stay.deposit.moved", f"stay:{stay_id}", origin.operator, None, {"to": to_stay_id})
    return posted


def apply_deposit(session: Session, stay_id: int, operator: str) -> StayWindow:
    """Moves the deposit of a cancelled stay or a no-show to its first window, where a fee can be charged against it.

    Returns the window, opened when there was none. Refuses when there is no deposit (`NoDeposit`).
    """
    hold_open_day(session)
    stay = lock_stays(session, [stay_id], "apply_deposit")[stay_id]
    held_deposit(session, stay)
    windows = windows_of(session, [stay_id])[stay_id]
    first = windows[0] if windows else open_windows(session, [NewWindow(stay)], operator)[0]
    use_deposits(session, [(stay, first.folio_id)], operator)
    return first


def use_deposits(
    session: Session, stays: Collection[tuple[Stay, int]], operator: str, audited: date | None = None
) -> None:
    """Moves each stay's deposit to a window's folio, given by id, and closes the deposit folio.

    Stays without one are passed over. A constant number of statements; the caller has locked the stays. `audited`: the
    day that the night audit is working on, when it is the audit that uses them.
    """
    windows = {stay.deposit_folio_id: folio_id for stay, folio_id in stays if stay.deposit_folio_id is not None}
    if not windows:
        return
    rows = lock_folios(session, [folio_id for folio_id in windows if folio_id is not None])
    pairs = [(folio_id, windows[folio_id]) for folio_id, row in rows.items() if row.balance_minor != 0]
    if pairs:
        transfer_each(session, pairs, Origin(operator), business_date=audited)
    close_folios(session, [folio_id for folio_id, row in rows.items() if row.status == "open"], operator)
    changes = [(f"stay:{stay.id}", None, {"folio_id": folio_id}) for stay, folio_id in stays if stay.deposit_folio_id]
    record_all(session, "stay.deposit.used", operator, changes)


def take_back_deposit(session: Session, stay: Stay, window_folio_id: int, operator: str) -> None:
    """The other way, when a check-in is reversed: what the window got from the deposit goes back to it."""
    if stay.deposit_folio_id is None:
        return
    balance = lock_folios(session, [window_folio_id])[window_folio_id].balance_minor
    if balance != 0:
        _open_deposit_folio(session, stay, operator)
        transfer_each(session, [(window_folio_id, stay.deposit_folio_id)], Origin(operator))


def held_deposit(session: Session, stay: Stay) -> int:
    """The stay's deposit folio, by id, on which there is something. Refuses `NoDeposit`."""
    balance = session.scalar(sa.select(Folio.balance_minor).where(Folio.id == stay.deposit_folio_id))
    return refuse_no_deposit(stay, balance)


def refuse_no_deposit(stay: Stay, balance_minor: int | None) -> int:
    """The folio of a stay's deposit, which has this balance. Refuses (`NoDeposit`) none, and one that was used."""
    if stay.deposit_folio_id is None or not balance_minor:
        raise NoDeposit(stay=stay.number)
    return stay.deposit_folio_id


def _open_deposit_folio(session: Session, stay: Stay, operator: str) -> Folio:
    """The stay's deposit folio: opened, or opened again, when it is not open."""
    if stay.deposit_folio_id is not None:
        folio = get_folio(session, stay.deposit_folio_id)
        session.refresh(folio)
        if folio.status == "closed":
            reopen_folio(session, folio.id, operator)
        return folio
    name = guest_names(session, [stay])[stay.id]
    folio = open_folio(session, type="individual", ledger="deposit", name=name, operator=operator)
    stay.deposit_folio_id = folio.id
    session.flush()
    record(session, "stay.deposit.opened", f"stay:{stay.id}", operator, None, {"folio_id": folio.id})
    return folio
