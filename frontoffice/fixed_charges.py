"""Fixed charges: what a stay is charged again and again (a garage, a cot) without anybody posting it.

The night audit posts those of a day with room and tax, and the desk those of a guest who leaves while it is at work, by
one key for each charge and date, so that nothing is doubled. Here they are entered, amended and ended.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.business_day import open_date
from folios.charges import MOST_QUANTITY, Charge, ChargeLine, charge_all
from folios.codes import catalogue
from folios.drafts import Origin, Posted
from folios.errors import N_, AmountNotPositive, AmountTooLarge, QuantityInvalid, Refusal
from folios.events import amend, record
from folios.ledger import currency
from folios.models import BusinessDay, Folio, Voucher
from folios.money import MOST_MINOR, Money
from folios.texts import clean_text
from frontoffice.lifecycle import get_stay
from frontoffice.models.fixed_charges import FREQUENCIES, MOST_TEXT, FixedCharge
from frontoffice.models.rooms import Room
from frontoffice.models.stays import MOST_WINDOWS, Stay, StayWindow

SENDER = "fixed"
MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}


class FixedChargeUnknown(Refusal):
    code = "fixed_charge.unknown"
    message = N_("There is no fixed charge {charge} of this stay.")


class FrequencyUnknown(Refusal):
    code = "frequency.unknown"
    message = N_("A fixed charge is posted once, daily, weekly, monthly, quarterly or yearly.")


class FixedDatesInvalid(Refusal):
    code = "fixed_charge.dates_invalid"
    message = N_("It begins on a night of the stay, not before the business date, and does not end before it begins.")


class FixedWindowInvalid(Refusal):
    code = "fixed_charge.window_invalid"
    message = N_("Windows are numbered from 1 to {most}.")


class FixedStayOver(Refusal):
    code = "fixed_charge.stay_closed"
    message = N_("Stay {stay} is over: nothing is charged to it by the night any more.")


@dataclass(frozen=True, slots=True)
class NewFixedCharge:
    """What is to be charged: a code at a price each, in minor units, how many, how often, from when to when.

    `to_date` is the last day that counts, None: as long as the stay lasts.
    """

    code: str
    price_minor: int
    frequency: str
    from_date: date
    to_date: date | None = None
    quantity: int = 1
    window: int = 1
    text: str | None = None


def add_fixed_charge(session: Session, stay_id: int, wanted: NewFixedCharge, operator: str) -> FixedCharge:
    """Enters a fixed charge of a stay that has not ended.

    Refuses codes that are no charge, amounts and quantities that cannot be, another frequency, dates outside the stay
    or before the business date, and stays that are over.
    """
    stay = get_stay(session, stay_id)
    if stay.status not in ("confirmed", "in_house"):
        raise FixedStayOver(stay=stay.number)
    facts = _clean(session, wanted, stay, earliest=max(open_date(session), stay.arrival))
    added = FixedCharge(stay_id=stay_id, **facts)
    session.add(added)
    session.flush()
    record(session, "fixed_charge.added", f"stay:{stay_id}", operator, None, {"fixed_charge": added.id, **facts})
    return added


def amend_fixed_charge(
    session: Session, stay_id: int, charge_id: int, seen_version: int, wanted: NewFixedCharge, operator: str
) -> bool:
    """Saves what was edited at `seen_version`; what was posted stays as it is. Refuses as when it is entered."""
    found = get_fixed_charge(session, stay_id, charge_id)
    stay = get_stay(session, stay_id)
    facts = _clean(session, wanted, stay, earliest=min(found.from_date, open_date(session)))
    return amend(session, found, seen_version, facts, "fixed_charge.amended", f"stay:{stay_id}", operator)


def end_fixed_charge(session: Session, stay_id: int, charge_id: int, operator: str) -> FixedCharge:
    """Ends a fixed charge: nothing more is posted. Again: nothing happens."""
    found = get_fixed_charge(session, stay_id, charge_id)
    if found.active:
        amend(session, found, found.version, {"active": False}, "fixed_charge.ended", f"stay:{stay_id}", operator)
    return found


def get_fixed_charge(session: Session, stay_id: int, charge_id: int) -> FixedCharge:
    """A fixed charge of a stay. Refuses `FixedChargeUnknown`."""
    found = session.get(FixedCharge, charge_id, populate_existing=True)
    if found is None or found.stay_id != stay_id:
        raise FixedChargeUnknown(charge=charge_id)
    return found


def fixed_charges(session: Session, stay_id: int) -> list[FixedCharge]:
    """Those of a stay, the ended ones last."""
    wanted = sa.select(FixedCharge).where(FixedCharge.stay_id == stay_id)
    return list(session.scalars(wanted.order_by(FixedCharge.active.desc(), FixedCharge.id)))


def _clean(session: Session, wanted: NewFixedCharge, stay: Stay, earliest: date) -> dict[str, Any]:
    code = catalogue(session).code(wanted.code, "charge")
    if wanted.price_minor <= 0:
        raise AmountNotPositive
    if wanted.price_minor > MOST_MINOR:
        raise AmountTooLarge(amount=Money(wanted.price_minor, currency(session)))
    if not 0 < wanted.quantity <= MOST_QUANTITY:
        raise QuantityInvalid(most=MOST_QUANTITY)
    if wanted.frequency not in FREQUENCIES:
        raise FrequencyUnknown
    if not 1 <= wanted.window <= MOST_WINDOWS:
        raise FixedWindowInvalid(most=MOST_WINDOWS)
    if not earliest <= wanted.from_date < stay.departure or (wanted.to_date or date.max) < wanted.from_date:
        raise FixedDatesInvalid
    return {
        "code": code.code,
        "price_minor": wanted.price_minor,
        "quantity": wanted.quantity,
        "frequency": wanted.frequency,
        "from_date": wanted.from_date,
        "to_date": wanted.to_date,
        "window": wanted.window,
        "text": clean_text("text", wanted.text, MOST_TEXT),
    }


# --- posting --------------------------------------------------------------------------------------------------


def falls_on(charge: FixedCharge, day: date) -> bool:
    """Whether it is due on a day. Months that are too short take their last day, as a rent on the 31st does."""
    first = charge.from_date
    if day < first or (charge.to_date is not None and day > charge.to_date):
        return False
    if charge.frequency in MONTHS:
        months = (day.year - first.year) * 12 + day.month - first.month
        in_month = min(first.day, monthrange(day.year, day.month)[1])
        return months % MONTHS[charge.frequency] == 0 and day.day == in_month
    days = (day - first).days
    return {"once": days == 0, "daily": True, "weekly": days % 7 == 0}[charge.frequency]


@dataclass(frozen=True, slots=True)
class DueFixedCharge:
    """A fixed charge that falls on a day and has not been posted for it, and the folio it goes to."""

    charge: FixedCharge
    day: date
    folio_id: int
    adults: int
    room: str


def due_fixed_charges(
    session: Session, day: date | None = None, *, stay_ids: Collection[int] | None = None, most: int | None = None
) -> list[DueFixedCharge]:
    """Those of guests in house, or of some stays, that fall on a day and have not been posted; one statement.

    `day` is that of the audit; None: the day that is being audited, if any is. One whose window is not there, or
    closed, goes to the first.
    """
    found: Any = session.execute(_not_posted(day, stay_ids))
    due = [DueFixedCharge(*row) for row in found]
    return [each for each in due if falls_on(each.charge, each.day)][:most]


def _not_posted(day: date | None, stay_ids: Collection[int] | None) -> sa.Select[FixedCharge, date, int, int, str]:
    key = sa.cast(FixedCharge.id, sa.String) + ":" + sa.cast(BusinessDay.business_date, sa.String)
    posted = sa.exists().where(Voucher.sender == SENDER, Voucher.key == key)
    own, first = aliased(StayWindow), aliased(StayWindow)
    own_folio = aliased(Folio)
    folio_id = sa.func.coalesce(own_folio.id, first.folio_id)
    wanted = (
        sa.select(FixedCharge, BusinessDay.business_date, folio_id, Stay.adults, Room.number)
        .join(Stay, Stay.id == FixedCharge.stay_id)
        .join(BusinessDay, BusinessDay.status == "auditing" if day is None else BusinessDay.business_date == day)
        .join(Room, Room.id == Stay.room_id)
        .join(first, sa.and_(first.stay_id == Stay.id, first.window == 1))
        .outerjoin(own, sa.and_(own.stay_id == Stay.id, own.window == FixedCharge.window))
        .outerjoin(own_folio, sa.and_(own_folio.id == own.folio_id, own_folio.status == "open"))
        .where(FixedCharge.active, FixedCharge.from_date <= BusinessDay.business_date)
        .where(sa.or_(FixedCharge.to_date.is_(None), FixedCharge.to_date >= BusinessDay.business_date))
        .where(Stay.status == "in_house", ~posted)
        .order_by(FixedCharge.id)
    )
    return wanted if stay_ids is None else wanted.where(Stay.id.in_(stay_ids))


def post_fixed_charges(
    session: Session, due: Sequence[DueFixedCharge], operator: str, *, auditing: bool = False
) -> list[Posted]:
    """Posts what `due_fixed_charges` found into the open day; `auditing`: into the day the audit is working on."""
    kept_in = currency(session)
    return charge_all(session, [_request(each, kept_in, operator, auditing) for each in due])


def _request(due: DueFixedCharge, kept_in: str, operator: str, auditing: bool) -> tuple[Charge, Origin]:
    charge = due.charge
    price = Money(charge.price_minor, kept_in)
    line = ChargeLine(charge.code, price, charge.quantity, text=charge.text, persons=due.adults)
    day = due.day if auditing else None
    request = Charge(due.folio_id, (line,), reference=due.room, limit_applies=False, business_date=day)
    return request, Origin(operator, sender=SENDER, key=f"{charge.id}:{due.day.isoformat()}")
