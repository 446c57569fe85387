"""What the page of one stay shows below its head: each night with its price and what was charged for it, the deposit's
postings, and what happened to the stay.

Only reading stands here, in a constant number of statements; the head is `stay_head.stay_head`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.models import Event, Posting, TransactionCode, Voucher
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import StayNight
from frontoffice.room_charges import SENDER

HAPPENINGS = {
    "stay.booked": N_("booked"),
    "stay.amended": N_("changed"),
    "stay.room.assigned": N_("room assigned"),
    "stay.cancelled": N_("cancelled"),
    "stay.no_show.marked": N_("marked as a no-show"),
    "stay.no_show.reversed": N_("expected again"),
    "stay.no_show.charged": N_("charged for not coming"),
    "stay.checked_in": N_("checked in"),
    "stay.check_in.reversed": N_("check-in taken back"),
    "stay.window.opened": N_("window opened"),
    "stay.sharer.added": N_("somebody added to the room"),
    "stay.sharer.changed": N_("window of somebody in the room changed"),
    "stay.sharer.removed": N_("somebody taken out of the room"),
    "stay.room.moved": N_("moved to another room"),
    "stay.extended": N_("extended"),
    "stay.shortened": N_("shortened"),
    "stay.checked_out": N_("checked out"),
    "stay.reinstated": N_("reinstated"),
    "stay.price.overridden": N_("price agreed"),
    "fixed_charge.added": N_("fixed charge entered"),
    "fixed_charge.amended": N_("fixed charge changed"),
    "fixed_charge.ended": N_("fixed charge ended"),
    "stay.deposit.opened": N_("deposit account opened"),
    "stay.deposit.used": N_("deposit used"),
    "stay.deposit.moved": N_("deposit moved"),
}


@dataclass(frozen=True, slots=True)
class NightLine:
    """A night of a stay. Amounts in minor units; `charged_minor` is what was posted for it with its taxes, on the folio
    it was posted to, and None while nothing was.
    """

    day: date
    room: str | None
    room_type: str
    rate_code: str
    price_minor: int
    reason: str | None
    agreed_by: str | None
    charged_minor: int | None
    folio_id: int | None


@dataclass(frozen=True, slots=True)
class DepositLine:
    """A line of a deposit's folio; the amount is what the hotel holds more by it, in minor units."""

    day: date
    code: str
    text: str
    reference: str | None
    amount_minor: int
    operator: str


def night_lines(session: Session, stay_id: int) -> list[NightLine]:
    """The nights of a stay in order of their date. One statement."""
    key = sa.cast(StayNight.stay_id, sa.String) + ":" + sa.cast(StayNight.date, sa.String)
    posted = (
        sa.select(
            Voucher.key,
            sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger).label("minor"),
            sa.func.min(Posting.debit_folio_id).label("folio_id"),
        )
        .join(Posting, Posting.voucher_id == Voucher.id)
        .where(Voucher.sender == SENDER, Voucher.key.startswith(f"{stay_id}:"))
        .group_by(Voucher.key)
        .subquery()
    )
    rows: Any = session.execute(
        sa.select(
            StayNight.date,
            Room.number,
            RoomType.code,
            StayNight.rate_code,
            StayNight.price_minor,
            StayNight.override_reason,
            StayNight.overridden_by,
            posted.c.minor,
            posted.c.folio_id,
        )
        .join(RoomType, RoomType.id == StayNight.room_type_id)
        .outerjoin(Room, Room.id == StayNight.room_id)
        .outerjoin(posted, posted.c.key == key)
        .where(StayNight.stay_id == stay_id)
        .order_by(StayNight.date)
    )
    return [NightLine(*row) for row in rows]


def deposit_lines(session: Session, folio_id: int | None) -> list[DepositLine]:
    """What was paid to a deposit's folio and taken from it, in order. One statement."""
    if folio_id is None:
        return []
    paid = Posting.credit_folio_id == folio_id
    rows: Any = session.execute(
        sa.select(
            Posting.business_date,
            Posting.code,
            sa.func.coalesce(Posting.text, TransactionCode.name),
            Voucher.reference,
            sa.case((paid, Posting.amount_minor), else_=-Posting.amount_minor),
            Voucher.operator,
        )
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .join(TransactionCode, TransactionCode.code == Posting.code)
        .where(sa.or_(paid, Posting.debit_folio_id == folio_id))
        .order_by(Posting.id)
    )
    return [DepositLine(*row) for row in rows]


def stay_history(session: Session, stay_id: int, most: int = 20) -> list[Event]:
    """What happened to a stay, the latest first. One statement."""
    told = sa.select(Event).where(Event.subject == f"stay:{stay_id}").order_by(Event.id.desc()).limit(most)
    return list(session.scalars(told))
