"""Slips of the desk: of a payment, deposit, refund, paid-out, and of a shift that was closed.

They are made of the news that the floors below send, in the same unit of work, and only where a route leads slips of
their kind to a printer. A slip of an outlet's charge is asked for by whoever takes that in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.drafts import Origin, Posted
from folios.ledger import currency
from folios.models import Folio, TransactionCode
from folios.payments import PaidOut, Payment
from folios.signals import paid_out as paid_out_news
from folios.signals import payment_taken, refund_given
from frontoffice import shift_reports
from frontoffice.language import locale
from frontoffice.models.guests import Guest
from frontoffice.models.property import Property
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow
from frontoffice.signals import shift_closed
from pos_bridge.print_queue import queue_slip, wants_slip
from pos_bridge.slips import DepositSlip, PaidOutSlip, PaymentSlip, RefundSlip, ShiftSlip, SlipLine


@dataclass(frozen=True, slots=True)
class _Account:
    """What a slip says of the folio that money went to or came from."""

    number: str
    name: str
    ledger: str
    balance_minor: int
    room: str | None
    language: str | None


@payment_taken.connect
def print_payment(session: Session, *, posted: Posted, payment: Payment, origin: Origin, **_more: Any) -> None:
    """Has the receipt of a payment, or of a deposit, printed."""
    if not _of_desk(origin) or not (_wanted(session, "payment") or _wanted(session, "deposit")):
        return
    account = _account(session, payment.folio_id)
    kind = DepositSlip if account.ledger == "deposit" else PaymentSlip
    if _wanted(session, kind.kind):
        facts = _money(session, posted, origin, account, payment.code)
        slip = kind(**facts, reference=payment.reference, text=payment.text)
        _queue(session, slip, account.language, posted)


@refund_given.connect
def print_refund(
    session: Session, *, posted: Posted, payment: Payment, origin: Origin, reason: str, **_more: Any
) -> None:
    """Has the slip of a refund printed, for the guest to sign."""
    if _of_desk(origin) and _wanted(session, "refund"):
        account = _account(session, payment.folio_id)
        facts = _money(session, posted, origin, account, payment.code)
        slip = RefundSlip(**facts, reference=payment.reference, text=payment.text, reason=reason)
        _queue(session, slip, account.language, posted)


@paid_out_news.connect
def print_paid_out(session: Session, *, posted: Posted, paid_out: PaidOut, origin: Origin, **_more: Any) -> None:
    """Has the slip of a paid-out printed, for who got the cash to sign."""
    if _of_desk(origin) and _wanted(session, "paid_out"):
        account = None if paid_out.folio_id is None else _account(session, paid_out.folio_id)
        facts = _money(session, posted, origin, account, paid_out.code)
        slip = PaidOutSlip(**facts, reference=paid_out.reference, text=paid_out.text)
        _queue(session, slip, account.language if account else None, posted)


@shift_closed.connect
def print_shift(session: Session, *, shift_id: int, **_more: Any) -> None:
    """Has the report of a closed shift printed."""
    if not _wanted(session, "shift_report"):
        return
    report = shift_reports.report(session, shift_id)
    shift = report.shift
    slip = ShiftSlip(
        **head_of(session, shift.closed_on or shift.opened_on),
        shift=shift.id,
        cashier=shift.cashier,
        drawer=f"{shift.drawer_name} ({shift.drawer_number})",
        payments=_lines(report.payments),
        refunds=_lines(report.refunds),
        paid_outs=_lines(report.guest_paid_outs + report.house_paid_outs),
        float_minor=report.float_minor,
        expected_minor=report.expected_minor,
        counted_minor=report.counted_minor,
        dropped_minor=report.turn_in_minor,
        left_minor=report.left_minor,
        witness=shift.witness,
        bag=shift.bag,
    )
    queue_slip(session, slip, language=str(locale()), key=f"shift/{shift_id}")


def _of_desk(origin: Origin) -> bool:
    """Whether a cashier posted it in a shift: not an outlet, an import or the night."""
    return origin.shift is not None and origin.outlet is None


def _wanted(session: Session, kind: str) -> bool:
    return wants_slip(session, kind, None, None)


def _queue(
    session: Session,
    slip: PaymentSlip | DepositSlip | RefundSlip | PaidOutSlip,
    language: str | None,
    posted: Posted,
) -> None:
    queue_slip(
        session,
        slip,
        language=language or str(locale()),
        voucher_id=posted.voucher_id,
        key=f"voucher/{posted.voucher_id}",
    )


def head_of(session: Session, day: date) -> dict[str, Any]:
    """What every slip says of itself, by the hotel's clock. Two statements."""
    hotel = session.execute(sa.select(Property.name, Property.time_zone)).one_or_none()
    name, time_zone = hotel or ("", "UTC")
    here = clock.now().astimezone(ZoneInfo(time_zone)).replace(tzinfo=None, microsecond=0)
    return {"hotel": name, "business_date": day, "moment": here, "currency": currency(session)}


def _money(session: Session, posted: Posted, origin: Origin, account: _Account | None, code: str) -> dict[str, Any]:
    """The facts that every slip of money has."""
    tender = session.execute(
        sa.select(TransactionCode.name, TransactionCode.tender, TransactionCode.kind).where(
            TransactionCode.code == code
        )
    ).one()
    facts = {
        **head_of(session, posted.business_date),
        "amount_minor": posted.total_minor,
        "tender": tender.name,
        "cash": tender.tender == "cash" or tender.kind == "paid_out",
        "voucher": posted.voucher_id,
        "operator": origin.operator,
        "shift": int(origin.shift) if origin.shift and origin.shift.isdecimal() else None,
    }
    if account is None:
        return facts
    told = {"folio": account.number, "name": account.name, "room": account.room}
    return facts | told | {"balance_minor": account.balance_minor}


def _account(session: Session, folio_id: int) -> _Account:
    """The folio, with the room and language of the stay whose window or deposit it is. One statement."""
    found = (
        sa.select(Folio.number, Folio.name, Folio.ledger, Folio.balance_minor, Room.number, Guest.language)
        .outerjoin(StayWindow, StayWindow.folio_id == Folio.id)
        .outerjoin(Stay, sa.or_(Stay.id == StayWindow.stay_id, Stay.deposit_folio_id == Folio.id))
        .outerjoin(Room, Room.id == Stay.room_id)
        .outerjoin(Guest, Guest.id == Stay.guest_id)
        .where(Folio.id == folio_id)
    )
    return _Account(*session.execute(found).one())


def _lines(lines: tuple[shift_reports.ReportLine, ...]) -> tuple[SlipLine, ...]:
    return tuple(SlipLine(each.name, each.count, each.amount_minor) for each in lines)
