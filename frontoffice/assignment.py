"""Which stay has which room for which nights. The rooms are locked by whoever calls, so that a number is given once;
the unique (room, date) of the nights is the guard behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal
from frontoffice.availability import days_between, free_rooms_of_types, take_nights
from frontoffice.models.rooms import Room, RoomOutage, RoomType
from frontoffice.models.stays import Stay, StayNight
from frontoffice.rooms import RoomClosed, RoomUnknown, outage_refusal, outages

_night, _stay = StayNight.__table__, Stay.__table__


class RoomTaken(Refusal):
    code = "room.taken"
    message = N_("Room {room} is given to stay {stay} for the night of {day}.")


@dataclass(frozen=True, slots=True)
class Claim:
    """A stay's claim on a room, from a day up to, not including, another; a day use claims no night."""

    stay_id: int
    room_id: int
    from_date: date
    to_date: date


def types_of_rooms(session: Session, room_ids: Collection[int]) -> dict[int, int]:
    """The type of each room, by id. A room keeps its type for good, so no lock is needed. Refuses `RoomUnknown`."""
    wanted = set(room_ids)
    if not wanted:
        return {}
    found = dict(session.execute(sa.select(Room.id, Room.room_type_id).where(Room.id.in_(wanted))).all())
    for room_id in wanted:
        if room_id not in found:
            raise RoomUnknown(room=room_id)
    return found


def refuse_claims(
    session: Session, claims: Collection[Claim], rooms: Mapping[int, Room], accept_out_of_service: bool = False
) -> None:
    """Refuses claims on rooms that are closed, out, or given to another stay for one of the nights.

    Two claims of the same call may not overlap either; what the claiming stays have now does not count. A room out of
    order is never given; one out of service only when that is accepted. Two statements.
    """
    if not claims:
        return
    for claim in claims:
        refuse_closed(rooms[claim.room_id])
    begin, end = min(each.from_date for each in claims), max(_last_day(each) for each in claims) + timedelta(days=1)
    room_ids = {each.room_id for each in claims}
    found = outages(session, room_ids, begin, end)
    for claim in claims:
        refuse_out(claim, rooms[claim.room_id], found, accept_out_of_service)
    others = sa.select(StayNight.room_id, StayNight.date, StayNight.stay_id).where(
        StayNight.room_id.in_(room_ids),
        StayNight.date >= begin,
        StayNight.date < end,
        StayNight.stay_id.not_in({each.stay_id for each in claims}),
    )
    given = {(room_id, day): stay_id for room_id, day, stay_id in session.execute(others)}
    for claim in claims:
        for day in days_between(claim.from_date, claim.to_date):
            holder = given.setdefault((claim.room_id, day), claim.stay_id)
            if holder != claim.stay_id:
                raise RoomTaken(room=rooms[claim.room_id].number, stay=holder, day=day)


def refuse_closed(room: Room) -> None:
    """Refuses (`RoomClosed`) a room that has left the house."""
    if room.until is not None:
        raise RoomClosed(room=room.number)


def refuse_out(claim: Claim, room: Room, found: Iterable[RoomOutage], accept_out_of_service: bool = False) -> None:
    """Refuses a claim on a room that one of the outages `found` puts out on a day of the claim."""
    for outage in found:
        hit = room.id == outage.room_id and outage.from_date <= _last_day(claim) and claim.from_date < outage.to_date
        if hit and not (accept_out_of_service and outage.kind == "out_of_service"):
            raise outage_refusal(room, outage)


def refuse_retyping(
    session: Session, wanted_types: Mapping[int, RoomType], stays: Mapping[int, Stay], since: date
) -> None:
    """Refuses (`TypeSoldOut`) stays whose nights, from `since` on, would take a type that has none left.

    `wanted_types`: the type each stay's nights are to take, by stay. Nights that take it already need no check.
    """
    now = sa.select(StayNight.stay_id, StayNight.date, StayNight.room_type_id).where(
        StayNight.stay_id.in_(wanted_types.keys()), StayNight.date >= since
    )
    changing: dict[int, list[date]] = {}
    for stay_id, day, type_id in session.execute(now):
        if type_id != wanted_types[stay_id].id and day < stays[stay_id].departure:
            changing.setdefault(stay_id, []).append(day)
    if not changing:
        return
    days = [day for nights in changing.values() for day in nights]
    type_ids = {wanted_types[stay_id].id for stay_id in changing}
    free = free_rooms_of_types(session, min(days), max(days) + timedelta(days=1), type_ids, set(changing))
    for stay_id, nights in sorted(changing.items()):
        take_nights(free, wanted_types[stay_id], sorted(nights))


def give_rooms(session: Session, given: Mapping[int, tuple[int | None, int]], since: date) -> None:
    """Gives stays their room and their nights from `since` on the room and type: {stay: (room or None, type)}.

    A day use's night keeps no room. A constant number of statements; the stays' objects are stale afterwards.
    """
    stay_ids = list(given)
    session.execute(
        sa.update(StayNight)
        .where(StayNight.stay_id.in_(stay_ids), StayNight.date >= since, StayNight.room_id.is_not(None))
        .values(room_id=None)
        .execution_options(synchronize_session=False)
    )
    rows = [
        {"of_stay": stay_id, "new_room": room_id, "new_type": type_id, "since": since}
        for stay_id, (room_id, type_id) in given.items()
    ]
    sleeps = sa.exists().where(_stay.c.id == _night.c.stay_id, _stay.c.departure > _night.c.date)
    connection = session.connection()
    connection.execute(
        sa.update(_night)  # type: ignore[arg-type]
        .where(_night.c.stay_id == sa.bindparam("of_stay"), _night.c.date >= sa.bindparam("since"))
        .values(
            room_id=sa.case((sleeps, sa.bindparam("new_room", type_=sa.BigInteger)), else_=sa.null()),
            room_type_id=sa.bindparam("new_type"),
        ),
        rows,
    )
    connection.execute(
        sa.update(_stay)  # type: ignore[arg-type]
        .where(_stay.c.id == sa.bindparam("of_stay"))
        .values(room_id=sa.bindparam("new_room"), version=_stay.c.version + 1),
        rows,
    )


def _last_day(claim: Claim) -> date:
    """The last day the room is used on: a day use has its one day."""
    return max(claim.to_date - timedelta(days=1), claim.from_date)
