"""What the desk can offer for some dates: room types with what is left of them and what they cost, and rooms, each
with the reason when it cannot be given.

The reasons are the refusals of the very rules that give rooms. Nothing is held by an offer: who books is first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import Refusal
from frontoffice.assignment import Claim, RoomTaken, refuse_closed, refuse_out, types_of_rooms
from frontoffice.availability import Night, TypeSoldOut, days_between, free_rooms_of_types
from frontoffice.models.rates import RateCode
from frontoffice.models.rooms import Room, RoomOutage, RoomType
from frontoffice.models.stays import Stay, StayNight
from frontoffice.nights import dates_of
from frontoffice.rates import NoPrice, prices
from frontoffice.rooms import READY, RoomOutOfService, outages
from frontoffice.stays import refuse_unready


@dataclass(frozen=True, slots=True)
class TypeOffer:
    """A room type for some dates at a rate. Prices in minor units, one per night, None where the rate has none.

    `free` is how many rooms are left on the fullest night; `refusal` why none can be booked.
    """

    room_type: RoomType
    free: int
    prices: tuple[tuple[date, int | None], ...]
    refusal: Refusal | None

    @property
    def total_minor(self) -> int | None:
        """What all nights cost; None where one has no price."""
        costs = [price for _day, price in self.prices]
        return None if None in costs else sum(price for price in costs if price is not None)


@dataclass(frozen=True, slots=True)
class RoomOffer:
    """A room for some dates; `refusal` is why it cannot be given, or only when that is accepted (`acceptable`)."""

    room: Room
    room_type: RoomType
    refusal: Refusal | None

    @property
    def acceptable(self) -> bool:
        """Whether the room can be given: at once, or by accepting that it is out of service."""
        return self.refusal is None or isinstance(self.refusal, RoomOutOfService)


def sold_rates(session: Session) -> list[RateCode]:
    """The rates that are sold, by code."""
    return list(session.scalars(sa.select(RateCode).where(RateCode.active).order_by(RateCode.code)))


def room_types(session: Session) -> list[RoomType]:
    """The room types, by code."""
    return list(session.scalars(sa.select(RoomType).order_by(RoomType.code)))


def type_offers(session: Session, arrival: date, departure: date, rate_code: str) -> list[TypeOffer]:
    """Every room type for a stay between two dates at a rate; a day use takes no night. Five statements."""
    types = room_types(session)
    free = free_rooms_of_types(session, arrival, departure, [each.id for each in types])
    costs = prices(session, [rate_code], [each.id for each in types])
    found = []
    for each in types:
        days = dates_of(arrival, departure)
        priced = tuple((day, costs.on(rate_code, each.id, day)) for day in days)
        nights = days_between(arrival, departure)
        left = min((free[each.id, day] for day in nights), default=0)
        found.append(TypeOffer(each, left, priced, _refusal_of_type(each, nights, free, rate_code, priced)))
    return found


def _refusal_of_type(
    room_type: RoomType,
    nights: Sequence[date],
    free: Mapping[Night, int],
    rate_code: str,
    priced: Sequence[tuple[date, int | None]],
) -> Refusal | None:
    for day in nights:
        if free[room_type.id, day] < 1:
            return TypeSoldOut(room_type=room_type.code, day=day)
    for day, price in priced:
        if price is None:
            return NoPrice(rate=rate_code, room_type=room_type.code, day=day)
    return None


def room_offers(
    session: Session,
    from_date: date,
    to_date: date,
    room_type_id: int | None = None,
    *,
    stay_id: int | None = None,
    entering: bool = False,
) -> list[RoomOffer]:
    """Every room of the house for a stay from one date up to another, the best first: those that can be given, of the
    type that was booked, clean ones before dirty ones.

    `stay_id`: the stay that is to get it, whose own nights are not in its way. `entering`: it goes in now, so the room
    must be vacant and clean. Seven statements, whatever the house.
    """
    wanted = sa.select(Room, RoomType).join(RoomType, RoomType.id == Room.room_type_id).where(Room.active)
    rows = session.execute(wanted.order_by(sa.func.length(Room.number), Room.number)).all()
    claim_of = {room.id: Claim(stay_id or 0, room.id, from_date, to_date) for room, _type in rows}
    out = outages(session, claim_of, from_date, max(to_date, date.fromordinal(from_date.toordinal() + 1)))
    given = _given(session, from_date, to_date, stay_id)
    nights = days_between(from_date, to_date)
    without = () if stay_id is None else (stay_id,)
    free = free_rooms_of_types(session, from_date, to_date, without_stays=without)
    found = []
    for room, room_type in rows:
        refusal = _refusal_of_room(claim_of[room.id], room, out, given, entering)
        short = next((day for day in nights if free[room_type.id, day] < 1), None)
        if short is not None and (refusal is None or isinstance(refusal, RoomOutOfService)):
            refusal = TypeSoldOut(room_type=room_type.code, day=short)
        found.append(RoomOffer(room, room_type, refusal))
    return sorted(found, key=lambda each: _rank(each, room_type_id))


def free_of_type(session: Session, from_date: date, to_date: date, room_type_id: int) -> list[RoomOffer]:
    """The rooms of a type that can be given for the dates as they are."""
    offered = room_offers(session, from_date, to_date, room_type_id)
    return [each for each in offered if each.refusal is None and each.room.room_type_id == room_type_id]


def _rank(offer: RoomOffer, room_type_id: int | None) -> tuple[bool, bool, bool]:
    return (
        offer.refusal is not None,
        room_type_id is not None and offer.room.room_type_id != room_type_id,
        offer.room.condition not in READY,
    )


def _given(session: Session, from_date: date, to_date: date, stay_id: int | None) -> dict[int, tuple[date, int]]:
    """The first night of the period that each room is given for, and to which stay."""
    others = (
        sa.select(StayNight.room_id, StayNight.date, StayNight.stay_id)
        .where(StayNight.room_id.is_not(None), StayNight.date >= from_date, StayNight.date < to_date)
        .where(StayNight.stay_id != (stay_id or 0))
        .order_by(StayNight.date.desc())
    )
    return {room_id: (day, holder) for room_id, day, holder in session.execute(others) if room_id is not None}


def _refusal_of_room(
    claim: Claim,
    room: Room,
    out: Sequence[RoomOutage],
    given: Mapping[int, tuple[date, int]],
    entering: bool,
) -> Refusal | None:
    accepted: Refusal | None = None
    try:
        if entering:
            refuse_unready(room)
        refuse_closed(room)
        if room.id in given:
            day, holder = given[room.id]
            raise RoomTaken(room=room.number, stay=str(holder), day=day)
        refuse_out(claim, room, out)
    except RoomOutOfService as refusal:
        accepted = refusal
    except Refusal as refusal:
        return refusal
    if accepted is not None:
        try:
            refuse_out(claim, room, out, accept_out_of_service=True)
        except Refusal as refusal:
            return refusal
    return accepted


def find_stay_id(session: Session, number: str) -> int | None:
    """The id of the stay with the number somebody typed, if there is one."""
    text = number.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return None
    return session.scalar(sa.select(Stay.id).where(Stay.id == int(text)))


def type_of_room(session: Session, room_id: int) -> int:
    """The type of a room, by id. Refuses `RoomUnknown`."""
    return types_of_rooms(session, [room_id])[room_id]
