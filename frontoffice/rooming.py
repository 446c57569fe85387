"""The room rack: the rooms of the house on one day, who is in them and what state they are in. Only reading, in a
constant number of statements; who gets which room is decided in `assignment.py`, rooms by days are in `calendar.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import open_date
from frontoffice.availability import SOLD
from frontoffice.discrepancies import KIND_BY_FOUND, differs
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room, RoomOutage, RoomType
from frontoffice.models.stays import Stay, StayNight
from frontoffice.rooms import READY, outages

ONE_DAY = timedelta(days=1)
# Rooms in the order in which people walk past them: floor, then number; "9" before "10".
AS_WALKED = (sa.func.coalesce(Room.floor, ""), sa.func.length(Room.number), Room.number)
ROOM_FACTS = (Room.id, Room.number, Room.floor, Room.room_type_id, Room.occupancy, Room.condition, Room.version)


# --- the rack -------------------------------------------------------------------------------------------------


class RackStay(NamedTuple):
    """A stay in a room of the rack."""

    stay_id: int
    guest_id: int
    guest: str
    status: str
    nature: str
    arrival: date
    departure: date


@dataclass(frozen=True, slots=True)
class RackRoom:
    """A room on a day. `guest_in` is in it (on another day than today: has slept there) and leaves that day if
    `leaving`; `arriving` come that day. Occupancy and condition are always those of now.

    `found` is what housekeeping found today, on the rack of today; `discrepancy` the word for it where it is not what
    the desk has.

    `outage`: `out_of_order` or `out_of_service` that day, `outage_until` the first day it is not, and why.
    `ready`: somebody could go in now.
    """

    room_id: int
    number: str
    floor: str | None
    room_type: str
    occupancy: str
    condition: str
    found: str | None
    discrepancy: str | None
    ready: bool
    guest_in: RackStay | None
    leaving: bool
    arriving: tuple[RackStay, ...]
    outage: str | None
    outage_id: int | None
    outage_until: date | None
    outage_reason: str | None
    version: int


@dataclass(frozen=True, slots=True)
class Floor:
    """The rooms of one floor, in order of their number; `floor` is None where none is told."""

    floor: str | None
    rooms: tuple[RackRoom, ...]


@dataclass(frozen=True, slots=True)
class Rack:
    """A page of the rooms that belong to the house on a day, by floor, and how many of the whole house are what.

    `counts`: `vacant_ready`, `vacant_not_ready`, `occupied`, `out_of_order`, `out_of_service`; a room that is out
    counts as that, unless somebody is in it. `differing` of them housekeeping found today otherwise than the desk has
    them. `all_floors` are those of the house. `total` rooms are leafed through (of the floor that was chosen, else of
    the house); the page begins with room `first`, counted from 0.
    """

    day: date
    business_date: date
    floors: tuple[Floor, ...]
    counts: dict[str, int]
    differing: int
    all_floors: tuple[str, ...]
    total: int
    first: int


def rack(
    session: Session,
    day: date | None = None,
    *,
    floor: str | None = None,
    only_differing: bool = False,
    first: int = 0,
    most: int | None = None,
    meant: int | str | None = None,
) -> Rack:
    """The room rack of a day, by default of the business date: of the house or one floor, `most` rooms a page (None:
    all), from room `first` on, or the page that has the room that is `meant`, by its id or number. `only_differing`:
    of those that housekeeping found otherwise today. Five statements, and one for that room.
    """
    today = open_date(session)
    wanted = day or today
    here = sa.and_(Room.since <= wanted, sa.or_(Room.until.is_(None), Room.until > wanted))
    counts, of_floors, differing = _counts(session, here, wanted, today)
    narrowed = here if floor is None else sa.and_(here, sa.func.coalesce(Room.floor, "") == floor)
    if only_differing:
        narrowed = sa.and_(narrowed, _differs(wanted, today))
    chosen = differing if only_differing else of_floors
    total = sum(chosen.values()) if floor is None else chosen.get(floor, 0)
    begin = page_begin(first, total, most)
    if meant is not None:
        rooms_in_order = sa.select(Room.id, Room.number).where(narrowed)
        begin = page_begin(place_of(session, rooms_in_order, AS_WALKED, meant, begin), total, most)
    rooms = session.execute(
        sa.select(*ROOM_FACTS, Room.found, Room.found_on, RoomType.code.label("room_type"))
        .join(RoomType, RoomType.id == Room.room_type_id)
        .where(narrowed)
        .order_by(*AS_WALKED)
        .limit(most)
        .offset(begin)
    ).all()
    ids = [room.id for room in rooms]
    stays: dict[int, list[RackStay]] = {}
    for room_id, *facts in session.execute(
        _in_rooms_today(ids, today) if wanted == today else _in_rooms_on(ids, wanted)
    ):
        stay_id, guest_id, surname, first_names, *rest = facts
        told = RackStay(stay_id, guest_id, full_name(surname, first_names), *rest)
        stays.setdefault(room_id, []).append(told)
    out = {each.room_id: each for each in outages(session, ids, wanted, wanted + ONE_DAY)}
    shown = [_rack_room(room, stays.get(room.id, ()), out.get(room.id), wanted, wanted == today) for room in rooms]
    floors = tuple(Floor(floor, tuple(group)) for floor, group in groupby(shown, key=lambda room: room.floor))
    return Rack(wanted, today, floors, counts, sum(differing.values()), tuple(sorted(of_floors)), total, begin)


def page_begin(first: int, total: int, most: int | None) -> int:
    """Where the page begins on which row `first` of `total` stands, `most` rows a page; counted from 0."""
    if not most:
        return 0
    return min(max(first, 0), max(total - 1, 0)) // most * most


def place_of(session: Session, rooms: Any, order: Sequence[Any], meant: int | str, otherwise: int) -> int:
    """Which of `rooms` (a select of id and number) in that order is meant, counted from 0; `otherwise` if none is."""
    placed = rooms.add_columns(sa.func.row_number().over(order_by=order).label("place")).subquery()
    is_it = placed.c.id == meant if isinstance(meant, int) else sa.func.lower(placed.c.number) == meant.lower()
    place = session.scalar(sa.select(placed.c.place).where(is_it))
    return otherwise if place is None else place - 1


def _counts(
    session: Session, here: sa.ColumnElement[bool], day: date, today: date
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """How many rooms of the house are what on a day, how many are on each floor, and how many of these were found
    otherwise. One statement.
    """
    taken = (
        sa.select(Stay.room_id).where(Stay.status == "in_house", Stay.room_id.is_not(None))
        if day == today
        else sa.select(StayNight.room_id)
        .join(Stay, Stay.id == StayNight.stay_id)
        .where(StayNight.room_id.is_not(None), Stay.status.in_(SOLD), Stay.arrival < day, _sleeps(day))
    )
    out = sa.select(RoomOutage.room_id, RoomOutage.kind).where(RoomOutage.from_date <= day, RoomOutage.to_date > day)
    outage = out.subquery()
    ready = sa.and_(Room.occupancy == "vacant", Room.condition.in_(READY))
    called = sa.case(
        (Room.id.in_(taken), "occupied"),
        (outage.c.kind.is_not(None), outage.c.kind),
        (ready, "vacant_ready"),
        else_="vacant_not_ready",
    )
    floor = sa.func.coalesce(Room.floor, "")
    each_room = (
        sa.select(
            floor.label("floor"),
            called.label("called"),
            sa.case((_differs(day, today), 1), else_=0).label("differs"),
        )
        .outerjoin(outage, outage.c.room_id == Room.id)
        .where(here)
        .subquery()
    )
    counted = sa.select(each_room.c.floor, each_room.c.called, sa.func.count(), sa.func.sum(each_room.c.differs))
    counts = dict.fromkeys(("vacant_ready", "vacant_not_ready", "occupied", "out_of_order", "out_of_service"), 0)
    floors: dict[str, int] = {}
    differing: dict[str, int] = {}
    for on_floor, kind, count, differ in session.execute(counted.group_by(each_room.c.floor, each_room.c.called)):
        counts[kind] += count
        floors[on_floor] = floors.get(on_floor, 0) + count
        differing[on_floor] = differing.get(on_floor, 0) + int(differ)
    return counts, floors, differing


def _differs(day: date, today: date) -> sa.ColumnElement[bool]:
    """What was found says something about the rooms of today alone."""
    return differs(day) if day == today else sa.false()


def _rack_room(room: Any, stays: Iterable[RackStay], outage: RoomOutage | None, day: date, today: bool) -> RackRoom:
    here = [each for each in stays if (each.status == "in_house" if today else each.arrival < day)]
    guest_in = min(here, key=lambda each: each.departure, default=None)
    arriving = tuple(each for each in stays if each not in here)
    found = room.found if today and room.found_on == day else None
    return RackRoom(
        room_id=room.id,
        number=room.number,
        floor=room.floor,
        room_type=room.room_type,
        occupancy=room.occupancy,
        condition=room.condition,
        found=found,
        discrepancy=None if found in (None, room.occupancy) else KIND_BY_FOUND[found],
        ready=room.occupancy == "vacant" and room.condition in READY and outage is None,
        guest_in=guest_in,
        leaving=guest_in is not None and guest_in.departure <= day,
        arriving=arriving,
        outage=None if outage is None else outage.kind,
        outage_id=None if outage is None else outage.id,
        outage_until=None if outage is None else outage.to_date,
        outage_reason=None if outage is None else outage.reason,
        version=room.version,
    )


_TOLD = (
    Stay.id,
    Guest.id.label("guest_id"),
    Guest.surname,
    Guest.first_names,
    Stay.status,
    Stay.nature,
    Stay.arrival,
    Stay.departure,
)


def _in_rooms_today(room_ids: Collection[int], today: date) -> Any:
    """Who is in each room, and who of those due has it."""
    return (
        sa.select(Stay.room_id, *_TOLD)
        .join(Guest, Guest.id == Stay.guest_id)
        .where(Stay.room_id.in_(room_ids))
        .where(sa.or_(Stay.status == "in_house", sa.and_(Stay.status == "confirmed", Stay.arrival <= today)))
        .order_by(Stay.arrival, Stay.id)
    )


def _in_rooms_on(room_ids: Collection[int], day: date) -> Any:
    """Who sleeps in each room on that day or slept there the night before, and who uses it by day."""
    nights = (
        sa.select(StayNight.room_id, *_TOLD)
        .join(Stay, Stay.id == StayNight.stay_id)
        .join(Guest, Guest.id == Stay.guest_id)
        .where(StayNight.room_id.in_(room_ids), Stay.status.in_(SOLD), _sleeps(day))
    )
    day_uses = (
        sa.select(Stay.room_id, *_TOLD)
        .join(Guest, Guest.id == Stay.guest_id)
        .where(Stay.room_id.in_(room_ids), Stay.status.in_(SOLD), Stay.arrival == day, Stay.departure == day)
    )
    return nights.union(day_uses)


def _sleeps(day: date) -> sa.ColumnElement[bool]:
    """A night of that day, or the last night of who leaves on it."""
    return sa.or_(StayNight.date == day, sa.and_(StayNight.date == day - ONE_DAY, Stay.departure == day))
