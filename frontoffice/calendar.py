"""The reservation calendar: rooms by days. Only reading, in a constant number of statements; who gets which room is
decided in `assignment.py`, the rooms of one day are in `rooming.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import open_date
from frontoffice.availability import SOLD, days_between, free_rooms_of_types
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room, RoomOutage, RoomType
from frontoffice.models.stays import Stay, StayNight
from frontoffice.rooming import AS_WALKED, ROOM_FACTS, page_begin, place_of
from frontoffice.rooms import outages

MOST_DAYS = 92
ONE_DAY = timedelta(days=1)


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
    stand side by side), and per day how many rooms are free to sell (below zero: missing). `more_unassigned` stays
    without a room did not fit into the rows that were asked for.
    """

    room_type_id: int
    code: str
    name: str
    rooms: tuple[RoomRow, ...]
    unassigned: tuple[tuple[Span, ...], ...]
    more_unassigned: int
    free: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """A page of the rooms by days. `days` are the dates shown; `total` rooms are leafed through, and the page begins
    with room `first`, counted from 0. Every type is there with what is free of it; its rooms may be on another page.
    """

    business_date: date
    days: tuple[date, ...]
    types: tuple[TypeRows, ...]
    all_types: tuple[RoomType, ...]
    total: int
    first: int


class _Run(NamedTuple):
    """Nights of one stay that follow each other in one room, or without one in one type."""

    first: date
    last: date
    stay_id: int
    room_id: int | None
    type_id: int | None


def calendar(
    session: Session,
    from_date: date,
    days: int = 14,
    room_type_id: int | None = None,
    *,
    first: int = 0,
    most: int | None = None,
    meant: int | str | None = None,
    most_unassigned: int | None = None,
) -> Calendar:
    """The reservation calendar from `from_date` on, over 1 to 92 `days`, of all room types or one, `most` rooms a page
    (None: all), from room `first` on, or the page that has the room that is `meant`, by its id or number. Stays without
    a room stand above the first room of their type, in at most `most_unassigned` rows.

    A stay counts while it is confirmed, in house or departed. Ten statements, whatever the house and the period, and
    one for that room.
    """
    until = from_date + timedelta(days=min(max(days, 1), MOST_DAYS))
    shown = days_between(from_date, until)
    all_types = tuple(session.scalars(sa.select(RoomType).order_by(RoomType.code)))
    types = [each for each in all_types if room_type_id in (None, each.id)]
    type_ids = [each.id for each in types]
    there = sa.and_(
        Room.room_type_id.in_(type_ids), Room.since < until, sa.or_(Room.until.is_(None), Room.until > from_date)
    )
    counted = sa.select(Room.room_type_id, sa.func.count()).where(there).group_by(Room.room_type_id)
    of_type: dict[int, int] = dict(session.execute(counted).all())
    total, order = sum(of_type.values()), (RoomType.code, *AS_WALKED)
    begin = page_begin(first, total, most)
    if meant is not None:
        in_order = sa.select(Room.id, Room.number).join(RoomType, RoomType.id == Room.room_type_id).where(there)
        begin = page_begin(place_of(session, in_order, order, meant, begin), total, most)
    chosen = sa.select(*ROOM_FACTS).join(RoomType, RoomType.id == Room.room_type_id).where(there)
    rooms = session.execute(chosen.order_by(*order).limit(most).offset(begin)).all()
    begun = _begun(types, of_type, begin, total if most is None else most)
    runs = _runs(session, from_date, until, [room.id for room in rooms], begun)
    waiting = {
        each.id: _side_by_side((run for run in runs if run.type_id == each.id), most_unassigned) for each in types
    }
    seen = [run for run in runs if run.room_id is not None]
    seen += [run for side_by_side, _ in waiting.values() for row in side_by_side for run in row]
    facts = _facts(session, {run.stay_id for run in seen})
    spans = {run: _span(run, facts[run.stay_id], from_date, until) for run in seen}
    by_type = _rows_by_type(session, rooms, spans, from_date, until)
    free = free_rooms_of_types(session, from_date, until, type_ids)
    told = []
    for each in types:
        side_by_side, more = waiting[each.id]
        without = tuple(tuple(spans[run] for run in row) for row in side_by_side)
        figures = tuple(free[each.id, day] for day in shown)
        told.append(TypeRows(each.id, each.code, each.name, tuple(by_type.get(each.id, ())), without, more, figures))
    return Calendar(open_date(session), tuple(shown), tuple(told), all_types, total, begin)


def _begun(types: Iterable[RoomType], rooms: Mapping[int, int], first: int, most: int) -> set[int]:
    """The types whose first room is on the page; one without rooms stands where it would have them."""
    found, place = set(), 0
    for each in types:
        if first <= place < first + most or place == first == 0:
            found.add(each.id)
        place += rooms.get(each.id, 0)
    if first + most >= place:  # types without rooms after the last room
        found |= {each.id for each in types if not rooms.get(each.id)}
    return found


def _rows_by_type(
    session: Session, rooms: Sequence[Any], spans: Mapping[_Run, Span], from_date: date, until: date
) -> dict[int, list[RoomRow]]:
    """The rows of rooms, by type, with what is in each."""
    out: dict[int, list[OutageSpan]] = {}
    for each in outages(session, [room.id for room in rooms], from_date, until):
        out.setdefault(each.room_id, []).append(_outage_span(each, from_date, until))
    here: dict[int, list[Span]] = {room.id: [] for room in rooms}
    for run, span in spans.items():
        if run.room_id is not None:
            here[run.room_id].append(span)
    by_type: dict[int, list[RoomRow]] = {}
    for room in rooms:
        beside, outs = tuple(here[room.id]), tuple(out.get(room.id, ()))
        row = RoomRow(room.id, room.number, room.floor, room.occupancy, room.condition, beside, outs)
        by_type.setdefault(room.room_type_id, []).append(row)
    return by_type


def _runs(
    session: Session, from_date: date, until: date, room_ids: Collection[int], type_ids: Collection[int]
) -> list[_Run]:
    """The nights in the rooms, and those of the types that have no room yet, as runs in order of their first days. A
    day use counts for the room it was given. One statement.
    """
    day_use = Stay.arrival == Stay.departure
    in_period = sa.and_(StayNight.date >= from_date, StayNight.date < until, Stay.status.in_(SOLD))
    night = sa.select(StayNight.stay_id, StayNight.date).join(Stay, Stay.id == StayNight.stay_id).where(in_period)
    none = sa.cast(sa.null(), StayNight.room_type_id.type)
    in_rooms = night.add_columns(StayNight.room_id, none.label("type_id")).where(
        StayNight.room_id.in_(room_ids), StayNight.date < Stay.departure
    )
    by_day = night.add_columns(Stay.room_id, none).where(Stay.room_id.in_(room_ids), day_use)
    without = night.add_columns(none, StayNight.room_type_id).where(
        StayNight.room_id.is_(None),
        StayNight.room_type_id.in_(type_ids),
        sa.or_(StayNight.date < Stay.departure, sa.and_(day_use, Stay.room_id.is_(None))),
    )
    nights = sa.union_all(in_rooms, by_day, without).order_by("stay_id", "date")
    runs: list[_Run] = []
    for stay_id, on, room_id, type_id in session.execute(nights):
        last = runs[-1] if runs else None
        if last and last[2:] == (stay_id, room_id, type_id) and last.last + ONE_DAY == on:
            runs[-1] = last._replace(last=on)
        else:
            runs.append(_Run(on, on, stay_id, room_id, type_id))
    return sorted(runs, key=lambda run: (run.first, run.stay_id))


def _facts(session: Session, stay_ids: Collection[int]) -> dict[int, Any]:
    """What a span says of its stay, by stay. One statement."""
    told = sa.select(Stay.id, Guest.surname, Guest.first_names, Stay.status, Stay.nature, Stay.arrival, Stay.departure)
    rows = session.execute(told.join(Guest, Guest.id == Stay.guest_id).where(Stay.id.in_(stay_ids)))
    return {row.id: row for row in rows}


def _span(run: _Run, stay: Any, from_date: date, until: date) -> Span:
    first, end = run.first, run.last + ONE_DAY
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


def _side_by_side(runs: Iterable[_Run], most: int | None) -> tuple[list[list[_Run]], int]:
    """Runs in at most so many rows in which none overlaps another, each in the first row that is free by then; and how
    many found no row.
    """
    rows: list[list[_Run]] = []
    more = 0
    for run in runs:
        free = next((row for row in rows if row[-1].last < run.first), None)
        if free is not None:
            free.append(run)
        elif most is None or len(rows) < most:
            rows.append([run])
        else:
            more += 1
    return rows, more
