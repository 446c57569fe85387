"""The rooms as pictures: the rack of one day, and the calendar of rooms by days. Only reading, in a constant number of
statements; who gets which room is decided in `assignment.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import open_date
from frontoffice.availability import SOLD, days_between, free_rooms_of_types
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room, RoomOutage, RoomType
from frontoffice.models.stays import Stay, StayNight
from frontoffice.rooms import READY, outages

MOST_DAYS = 92
ONE_DAY = timedelta(days=1)
# Rooms in the order in which people walk past them: floor, then number; "9" before "10".
_AS_WALKED = (sa.func.coalesce(Room.floor, ""), sa.func.length(Room.number), Room.number)


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

    `outage`: `out_of_order` or `out_of_service` that day, `outage_until` the first day it is not, and why.
    `ready`: somebody could go in now.
    """

    room_id: int
    number: str
    floor: str | None
    room_type: str
    occupancy: str
    condition: str
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
    """The rooms that belong to the house on a day, by floor, and how many of them are what.

    `counts`: `vacant_ready`, `vacant_not_ready`, `occupied`, `out_of_order`, `out_of_service`; a room that is out
    counts as that, unless somebody is in it.
    """

    day: date
    business_date: date
    floors: tuple[Floor, ...]
    counts: dict[str, int]


def rack(session: Session, day: date | None = None) -> Rack:
    """The room rack of a day, by default of the business date. Four statements."""
    today = open_date(session)
    wanted = day or today
    rooms: Any = session.execute(
        sa.select(Room, RoomType.code.label("room_type"))
        .join(RoomType, RoomType.id == Room.room_type_id)
        .where(Room.since <= wanted, sa.or_(Room.until.is_(None), Room.until > wanted))
        .order_by(*_AS_WALKED)
    ).all()
    stays: dict[int, list[RackStay]] = {}
    for room_id, *facts in session.execute(_in_rooms_today(today) if wanted == today else _in_rooms_on(wanted)):
        stay_id, guest_id, surname, first_names, *rest = facts
        told = RackStay(stay_id, guest_id, full_name(surname, first_names), *rest)
        stays.setdefault(room_id, []).append(told)
    out = {each.room_id: each for each in outages(session, [row.Room.id for row in rooms], wanted, wanted + ONE_DAY)}
    shown = [
        _rack_room(row.Room, row.room_type, stays.get(row.Room.id, ()), out.get(row.Room.id), wanted, wanted == today)
        for row in rooms
    ]
    floors = tuple(Floor(floor, tuple(group)) for floor, group in groupby(shown, key=lambda room: room.floor))
    counts = dict.fromkeys(("vacant_ready", "vacant_not_ready", "occupied", "out_of_order", "out_of_service"), 0)
    for room in shown:
        counts[_counts_as(room)] += 1
    return Rack(wanted, today, floors, counts)


def _rack_room(
    room: Room, room_type: str, stays: Iterable[RackStay], outage: RoomOutage | None, day: date, today: bool
) -> RackRoom:
    here = [each for each in stays if (each.status == "in_house" if today else each.arrival < day)]
    guest_in = min(here, key=lambda each: each.departure, default=None)
    arriving = tuple(each for each in stays if each not in here)
    return RackRoom(
        room_id=room.id,
        number=room.number,
        floor=room.floor,
        room_type=room_type,
        occupancy=room.occupancy,
        condition=room.condition,
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


def _counts_as(room: RackRoom) -> str:
    if room.guest_in is not None:
        return "occupied"
    if room.outage is not None:
        return room.outage
    return "vacant_ready" if room.ready else "vacant_not_ready"


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


def _in_rooms_today(today: date) -> Any:
    """Who is in each room, and who of those due has it."""
    return (
        sa.select(Stay.room_id, *_TOLD)
        .join(Guest, Guest.id == Stay.guest_id)
        .where(Stay.room_id.is_not(None))
        .where(sa.or_(Stay.status == "in_house", sa.and_(Stay.status == "confirmed", Stay.arrival <= today)))
        .order_by(Stay.arrival, Stay.id)
    )


def _in_rooms_on(day: date) -> Any:
    """Who sleeps in each room on that day or slept there the night before, and who uses it by day."""
    nights = (
        sa.select(StayNight.room_id, *_TOLD)
        .join(Stay, Stay.id == StayNight.stay_id)
        .join(Guest, Guest.id == Stay.guest_id)
        .where(StayNight.room_id.is_not(None), Stay.status.in_(SOLD))
        .where(sa.or_(StayNight.date == day, sa.and_(StayNight.date == day - ONE_DAY, Stay.departure == day)))
    )
    day_uses = (
        sa.select(Stay.room_id, *_TOLD)
        .join(Guest, Guest.id == Stay.guest_id)
        .where(Stay.room_id.is_not(None), Stay.status.in_(SOLD), Stay.arrival == day, Stay.departure == day)
    )
    return nights.union(day_uses)


# --- the calendar ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A stay over the days of a calendar: from day `start` (0 is the first shown) over `days` days.

    `cut_before` and `cut_after`: it goes on outside what is shown. `moved_in` and `moved_out`: it is in another room
    before or after. A day use has one day and takes no night.
    """

    stay_id: int
    guest: str
    status: str
    nature: str
    arrival: date
    departure: date
    start: int
    days: int
    cut_before: bool
    cut_after: bool
    moved_in: bool
    moved_out: bool
    day_use: bool


@dataclass(frozen=True, slots=True)
class OutageSpan:
    """An outage over the days of a calendar, as `Span`."""

    outage_id: int
    kind: str
    reason: str
    start: int
    days: int
    cut_before: bool
    cut_after: bool


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room of the calendar with what is in it, in order of the days."""

    room_id: int
    number: str
    floor: str | None
    occupancy: str
    condition: str
    spans: tuple[Span, ...]
    outages: tuple[OutageSpan, ...]


@dataclass(frozen=True, slots=True)
class TypeRows:
    """A room type of the calendar: its rooms, its stays without a room (`unassigned`, in as many rows as they need to
    stand side by side), and per day how many rooms are free to sell (below zero: missing).
    """

    room_type_id: int
    code: str
    name: str
    rooms: tuple[RoomRow, ...]
    unassigned: tuple[tuple[Span, ...], ...]
    free: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Rooms by days. `days` are the dates shown."""

    business_date: date
    days: tuple[date, ...]
    types: tuple[TypeRows, ...]


class _Run(NamedTuple):
    """Nights of one stay that follow each other in one room, or without one in one type; `stay` has its facts."""

    first: date
    last: date
    room_id: int | None
    type_id: int | None
    stay: Any


def calendar(session: Session, from_date: date, days: int = 14, room_type_id: int | None = None) -> Calendar:
    """The reservation calendar from `from_date` on, over 1 to 92 `days`, of all room types or one.

    A stay counts while it is confirmed, in house or departed. Eight statements, whatever the house and the period.
    """
    until = from_date + timedelta(days=min(max(days, 1), MOST_DAYS))
    shown = days_between(from_date, until)
    chosen = sa.select(RoomType).order_by(RoomType.code)
    types = session.scalars(chosen if room_type_id is None else chosen.where(RoomType.id == room_type_id)).all()
    type_ids = [each.id for each in types]
    rooms = session.scalars(
        sa.select(Room)
        .where(Room.room_type_id.in_(type_ids), Room.since < until)
        .where(sa.or_(Room.until.is_(None), Room.until > from_date))
        .order_by(*_AS_WALKED)
    ).all()
    out: dict[int, list[OutageSpan]] = {}
    for each in outages(session, [room.id for room in rooms], from_date, until):
        out.setdefault(each.room_id, []).append(_outage_span(each, from_date, until))
    spans = _spans(_runs(session, from_date, until, type_ids), from_date, until)
    free = free_rooms_of_types(session, from_date, until, type_ids)
    by_type: dict[int, list[RoomRow]] = {}
    for room in rooms:
        row = RoomRow(
            room.id,
            room.number,
            room.floor,
            room.occupancy,
            room.condition,
            tuple(spans.get((room.id, None), ())),
            tuple(out.get(room.id, ())),
        )
        by_type.setdefault(room.room_type_id, []).append(row)
    return Calendar(
        open_date(session),
        tuple(shown),
        tuple(
            TypeRows(
                each.id,
                each.code,
                each.name,
                tuple(by_type.get(each.id, ())),
                _side_by_side(spans.get((None, each.id), ())),
                tuple(free[each.id, day] for day in shown),
            )
            for each in types
        ),
    )


def _runs(session: Session, from_date: date, until: date, type_ids: Sequence[int]) -> list[_Run]:
    """The nights shown as runs, in order of their first days. A day use counts for the room it was given.

    Counted over all its nights and over those in one place, a stay's nights of one run are apart by the same figure.
    """
    day_use = Stay.arrival == Stay.departure
    room_id = sa.case((day_use, Stay.room_id), else_=StayNight.room_id)
    type_id = sa.case((room_id.is_(None), StayNight.room_type_id))
    of_stay = sa.func.row_number().over(partition_by=StayNight.stay_id, order_by=StayNight.date)
    in_place = sa.func.row_number().over(partition_by=(StayNight.stay_id, room_id, type_id), order_by=StayNight.date)
    nights = (
        sa.select(StayNight.stay_id, StayNight.date, StayNight.room_type_id, room_id.label("room_id"))
        .add_columns(type_id.label("type_id"), (of_stay - in_place).label("run"))
        .join(Stay, Stay.id == StayNight.stay_id)
        .where(StayNight.date >= from_date, StayNight.date < until)
        .where(Stay.status.in_(SOLD), sa.or_(StayNight.date < Stay.departure, day_use))
        .subquery()
    )
    runs = (
        sa.select(nights.c.stay_id, nights.c.room_id, nights.c.type_id)
        .add_columns(sa.func.min(nights.c.date).label("first"), sa.func.max(nights.c.date).label("last"))
        .where(nights.c.room_type_id.in_(type_ids))
        .group_by(nights.c.stay_id, nights.c.room_id, nights.c.type_id, nights.c.run)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            runs,
            Stay.id,
            Guest.surname,
            Guest.first_names,
            Stay.status,
            Stay.nature,
            Stay.arrival,
            Stay.departure,
        )
        .join(Stay, Stay.id == runs.c.stay_id)
        .join(Guest, Guest.id == Stay.guest_id)
        .order_by(runs.c.first, Stay.id)
    )
    return [_Run(row.first, row.last, row.room_id, row.type_id, row) for row in rows]


def _spans(runs: Iterable[_Run], from_date: date, until: date) -> dict[tuple[int | None, int | None], list[Span]]:
    """Runs as spans, by (room, None), or by (None, type) where there is no room yet."""
    found: dict[tuple[int | None, int | None], list[Span]] = {}
    for run in runs:
        found.setdefault((run.room_id, run.type_id), []).append(_span(run, from_date, until))
    return found


def _span(run: _Run, from_date: date, until: date) -> Span:
    stay, first, end = run.stay, run.first, run.last + ONE_DAY
    return Span(
        stay_id=stay.id,
        guest=full_name(stay.surname, stay.first_names),
        status=stay.status,
        nature=stay.nature,
        arrival=stay.arrival,
        departure=stay.departure,
        start=(first - from_date).days,
        days=(end - first).days,
        cut_before=stay.arrival < first == from_date,
        cut_after=stay.departure > end == until,
        moved_in=stay.arrival < first != from_date,
        moved_out=stay.departure > end != until,
        day_use=stay.arrival == stay.departure,
    )


def _outage_span(outage: RoomOutage, from_date: date, until: date) -> OutageSpan:
    first, end = max(outage.from_date, from_date), min(outage.to_date, until)
    return OutageSpan(
        outage.id,
        outage.kind,
        outage.reason,
        (first - from_date).days,
        (end - first).days,
        outage.from_date < from_date,
        outage.to_date > until,
    )


def _side_by_side(spans: Iterable[Span]) -> tuple[tuple[Span, ...], ...]:
    """Spans in rows in which none overlaps another: each in the first row that is free by then."""
    rows: list[list[Span]] = []
    for span in spans:
        for row in rows:
            if row[-1].start + row[-1].days <= span.start:
                row.append(span)
                break
        else:
            rows.append([span])
    return tuple(map(tuple, rows))
