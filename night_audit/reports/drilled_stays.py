"""The stays, nights and rooms behind a count, each with the charge of its night.

The addresses stand in the reports (`addresses`) and are read in `drilling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.models import BusinessDay, Voucher
from frontoffice.house import LONG_OUT_DAYS
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room, RoomOutage
from frontoffice.models.stays import Stay, StayNight
from frontoffice.room_charges import is_charge_of
from night_audit.reports.drilling import PAGE, DrillInvalid, Shown

CAME = Stay.status.in_(("in_house", "departed"))
SLEPT = (CAME, StayNight.date < Stay.departure)
NIGHTS: dict[str, tuple[Any, ...]] = {
    "sold": (*SLEPT, Stay.nature == "paying"),
    "complimentary": (*SLEPT, Stay.nature == "complimentary"),
    "house_use": (*SLEPT, Stay.nature == "house_use"),
    "occupied": SLEPT,
    "sold_or_free": (*SLEPT, Stay.nature != "house_use"),
    "guests": SLEPT,
    "shared": (*SLEPT, Stay.adults + Stay.children > 1),
}
DATED: dict[str, tuple[Any, ...]] = {
    "arrivals": (Stay.arrival, CAME),
    "walk_ins": (Stay.arrival, CAME, Stay.booked_on == Stay.arrival),
    "departures": (Stay.departure, Stay.status == "departed"),
    "no_shows": (Stay.arrival, Stay.status == "no_show"),
    "cancellations": (Stay.cancelled_on, Stay.cancelled_on.is_not(None)),
    "expected": (Stay.arrival, Stay.status.in_(("confirmed", "in_house", "departed", "no_show"))),
}
ROOMS = ("inventory", "out_of_order", "long_out", "available", "available_in_order")
OF = {
    "sold": N_("Rooms sold"),
    "complimentary": N_("Complimentary"),
    "house_use": N_("House use"),
    "occupied": N_("Rooms slept in"),
    "sold_or_free": N_("Rooms sold and complimentary"),
    "guests": N_("Guests"),
    "shared": N_("Rooms with more than one guest"),
    "arrivals": N_("Arrivals"),
    "walk_ins": N_("Walk-ins"),
    "departures": N_("Departures"),
    "no_shows": N_("No-shows"),
    "cancellations": N_("Cancellations"),
    "expected": N_("Arrivals expected"),
    "inventory": N_("Rooms of the house"),
    "out_of_order": N_("Out of order"),
    "long_out": N_("Out for six months or more"),
    "available": N_("Rooms available"),
    "available_in_order": N_("Rooms available"),
}


def stays(session: Session, of: str, first: date, last: date, skip: int = 0, most: int = PAGE) -> Shown:
    """The nights, stays or rooms behind a count, with the voucher of each night's charge. Three statements.

    What was before the ledger's first day, such as bookings taken over with their cancellations, counts on no day.
    """
    if of not in OF or last < first or (last - first).days > 400:
        raise DrillInvalid
    first = max(first, session.scalar(sa.select(sa.func.min(BusinessDay.business_date))) or first)
    if of in ROOMS:
        return _rooms(session, of, first, last, skip, most)
    weight: Any = Stay.adults + Stay.children if of == "guests" else sa.literal(1)
    dated, *conditions = (StayNight.date, *NIGHTS[of]) if of in NIGHTS else DATED[of]
    night = sa.and_(StayNight.stay_id == Stay.id, sa.true() if of in NIGHTS else StayNight.date == dated)
    chosen = (
        sa.select(
            dated.label("day"),
            Stay.id.label("stay_id"),
            Guest.surname,
            Guest.first_names,
            Room.number.label("room"),
            Stay.arrival,
            Stay.departure,
            Stay.status,
            StayNight.price_minor.label("minor"),
            weight.label("weight"),
            Voucher.id.label("voucher_id"),
        )
        .select_from(Stay)
        .join(Guest, Guest.id == Stay.guest_id)
        .join(StayNight, night, isouter=of not in NIGHTS)
        .outerjoin(Room, Room.id == sa.func.coalesce(StayNight.room_id, Stay.room_id))
        .outerjoin(Voucher, is_charge_of(Stay.id, StayNight.date))
        .where(dated.between(first, last), *conditions)
    )
    found = chosen.subquery()
    count, total = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(found.c.weight), 0)).select_from(found)
    ).one()
    begin = min(skip, max((count - 1) // most * most, 0))
    rows = session.execute(chosen.order_by(dated, Stay.id).offset(begin).limit(most)).all()
    return Shown([_stay(row) for row in rows], int(count), int(total), begin)


@dataclass(frozen=True, slots=True)
class NightShown:
    """A night, a stay or a room of a list; `voucher_id` is the charge of the night."""

    day: date
    stay_id: int | None
    name: str
    room: str
    arrival: date
    departure: date | None
    status: str
    price_minor: int | None
    weight: int
    voucher_id: int | None


def _stay(row: Any) -> NightShown:
    return NightShown(
        row.day,
        row.stay_id,
        full_name(row.surname, row.first_names),
        row.room or "",
        row.arrival,
        row.departure,
        row.status,
        row.minor,
        row.weight,
        row.voucher_id,
    )


def _rooms(session: Session, of: str, first: date, last: date, skip: int, most: int) -> Shown:
    """Rooms by day: few enough to be worked out here, since only those that are out are told one by one."""
    there = (Room.since <= last, sa.or_(Room.until.is_(None), Room.until > first))
    rooms = session.execute(sa.select(Room).where(*there).order_by(Room.number)).scalars().all()
    outages = list(
        session.scalars(
            sa.select(RoomOutage).where(
                RoomOutage.kind == "out_of_order", RoomOutage.from_date <= last, RoomOutage.to_date > first
            )
        )
    )
    told = _told_rooms(of, rooms, outages, first, last)
    total = sum(each.weight for each in told)
    begin = min(skip, max((len(told) - 1) // most * most, 0))
    return Shown(told[begin : begin + most], len(told), total, begin)


def _told_rooms(of: str, rooms: Any, outages: list[RoomOutage], first: date, last: date) -> list[NightShown]:
    told = []
    for room in rooms:
        of_room = [each for each in outages if each.room_id == room.id]
        there = _within(room.since, room.until or date.max, first, last)
        lasting = [each for each in of_room if (each.to_date - each.from_date).days > LONG_OUT_DAYS]
        long, out = (
            {day for each in several for day in _within(each.from_date, each.to_date, first, last)} & there
            for several in (lasting, of_room)
        )
        counted = {"inventory": there, "long_out": long, "out_of_order": out - long}
        counted |= {"available": there - long, "available_in_order": there - long - out}
        weight = len(counted[of])
        reason = ", ".join(each.reason for each in of_room) if of != "inventory" else ""
        if weight:
            told.append(NightShown(first, None, reason, room.number, room.since, room.until, "", None, weight, None))
    return told


def _within(begins: date, ends: date, first: date, last: date) -> set[date]:
    """The days from `begins` up to `ends`, which is none of them, within a period."""
    numbers = range(max(begins, first).toordinal(), min(ends.toordinal(), last.toordinal() + 1))
    return {date.fromordinal(number) for number in numbers}
