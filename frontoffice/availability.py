"""What can still be sold: rooms of a type, less those out of order, less the nights sold. And which rooms are free.

A night counts as sold while its stay is confirmed, in house or departed; a day use takes no night.
Whoever sells locks the room types first (`rooms.lock_room_types`), so that the last room is sold once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal
from frontoffice.models.rooms import Room, RoomOutage, RoomType
from frontoffice.models.stays import Stay, StayNight

SOLD = ("confirmed", "in_house", "departed")

Night = tuple[int, date]
"""A room type's id and a date."""


class TypeSoldOut(Refusal):
    code = "room_type.sold_out"
    message = N_("No {room_type} is left for the night of {day}.")


def days_between(from_date: date, to_date: date) -> list[date]:
    """The dates from `from_date` up to, not including, `to_date`."""
    return [from_date + timedelta(days=number) for number in range((to_date - from_date).days)]


def counts_as_sold() -> sa.ColumnElement[bool]:
    """The condition under which a night (joined with its stay) takes a room from the inventory."""
    return sa.and_(Stay.status.in_(SOLD), StayNight.date < Stay.departure)


def free_rooms_of_types(
    session: Session,
    from_date: date,
    to_date: date,
    room_type_ids: Collection[int] | None = None,
    without_stays: Collection[int] = (),
) -> dict[Night, int]:
    """How many rooms of each type are left per night, from `from_date` up to, not including, `to_date`.

    `without_stays`: stays whose nights are not counted, because they are about to change. A number below zero says how
    many rooms are missing, after rooms went out of order. Three statements, however long the period.
    """
    days = days_between(from_date, to_date)
    if room_type_ids is None:
        room_type_ids = list(session.scalars(sa.select(RoomType.id)))
    free = {(type_id, day): 0 for type_id in room_type_ids for day in days}
    if not free:
        return free
    for type_id, day, count in _inventory(session, days, room_type_ids):
        free[type_id, day] += count
    for type_id, day, count in _out_of_order(session, days, room_type_ids):
        free[type_id, day] -= count
    sold = (
        sa.select(StayNight.room_type_id, StayNight.date, sa.func.count())
        .join(Stay, Stay.id == StayNight.stay_id)
        .where(StayNight.date >= from_date, StayNight.date < to_date, StayNight.room_type_id.in_(room_type_ids))
        .where(counts_as_sold())
        .group_by(StayNight.room_type_id, StayNight.date)
    )
    if without_stays:
        sold = sold.where(StayNight.stay_id.not_in(without_stays))
    for type_id, day, count in session.execute(sold):
        free[type_id, day] -= count
    return free


def take_nights(free: dict[Night, int], room_type: RoomType, nights: Iterable[date]) -> None:
    """Takes one room of a type off `free` for each of the nights. Refuses (`TypeSoldOut`) the first that has none."""
    for day in nights:
        if free[room_type.id, day] < 1:
            raise TypeSoldOut(room_type=room_type.code, day=day)
        free[room_type.id, day] -= 1


def free_rooms(session: Session, room_type_id: int, from_date: date, to_date: date) -> list[Room]:
    """The rooms of a type that no stay has for any night of the period and that are not out, in order of their number.

    For a day use the period is empty, and the rooms are those that nobody is in.
    """
    given = sa.select(StayNight.room_id).where(
        StayNight.room_id.is_not(None), StayNight.date >= from_date, StayNight.date < to_date
    )
    last = max(to_date, from_date + timedelta(days=1))
    out = sa.select(RoomOutage.room_id).where(RoomOutage.from_date < last, RoomOutage.to_date > from_date)
    free = (
        sa.select(Room)
        .where(Room.room_type_id == room_type_id, Room.active, Room.id.not_in(given), Room.id.not_in(out))
        .order_by(sa.func.length(Room.number), Room.number)
    )
    if from_date == to_date:
        free = free.where(Room.occupancy == "vacant")
    return list(session.scalars(free))


def _inventory(session: Session, days: list[date], room_type_ids: Collection[int]) -> Iterable[tuple[int, date, int]]:
    """Per type and day how many rooms the house has."""
    spans = session.execute(
        sa.select(Room.room_type_id, Room.since, Room.until, sa.func.count())
        .where(Room.room_type_id.in_(room_type_ids))
        .group_by(Room.room_type_id, Room.since, Room.until)
    )
    return _spread(spans, days)


def _out_of_order(
    session: Session, days: list[date], room_type_ids: Collection[int]
) -> Iterable[tuple[int, date, int]]:
    """Per type and day how many rooms are out of order."""
    spans = session.execute(
        sa.select(Room.room_type_id, RoomOutage.from_date, RoomOutage.to_date, sa.func.count())
        .join(Room, Room.id == RoomOutage.room_id)
        .where(RoomOutage.kind == "out_of_order", Room.room_type_id.in_(room_type_ids))
        .where(RoomOutage.from_date <= days[-1], RoomOutage.to_date > days[0])
        .where(sa.or_(Room.until.is_(None), Room.until > days[0]))
        .group_by(Room.room_type_id, RoomOutage.from_date, RoomOutage.to_date)
    )
    return _spread(spans, days)


def _spread(spans: Iterable[tuple[int, date, date | None, int]], days: list[date]) -> Iterable[tuple[int, date, int]]:
    """Periods with a count, as one count per day of theirs that is among `days`."""
    for type_id, begin, end, count in spans:
        for day in days:
            if begin <= day and (end is None or day < end):
                yield type_id, day, count
