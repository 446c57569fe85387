"""Rooms that housekeeping found otherwise than the desk has them, on one business date. Only reading.

In the trade's words a **skip** is a room with a guest by the desk that was found vacant: the guest has left without a
word, or lives in another room than the desk thinks, or has left properly and nobody booked it (a *sleeper*). A
**sleep** is a room that is vacant by the desk and was found occupied. What was found is told by `rooms.set_found`; the
desk's own word is a room's occupancy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.models import Event
from frontoffice.models.guests import Guest, full_name
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import Stay
from frontoffice.rooms import FOUND

KIND_BY_FOUND = {"vacant": "skip", "occupied": "sleep"}


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A room that was `found` otherwise than the desk has it (`occupancy`): a skip or a sleep. `stay_id` and `guest`:
    who is in it by the desk. `found_by` said so at `found_at`.
    """

    room_id: int
    number: str
    room_type: str
    occupancy: str
    found: str
    condition: str
    stay_id: int | None
    guest: str | None
    found_by: str
    found_at: datetime

    @property
    def kind(self) -> str:
        """The trade's word for it."""
        return KIND_BY_FOUND[self.found]


def differs(day: date) -> sa.ColumnElement[bool]:
    """Whether a room was found otherwise on that business date, as a condition on `Room`."""
    return sa.and_(Room.found_on == day, Room.found != Room.occupancy, Room.until.is_(None))


def discrepancies(session: Session, day: date) -> list[Discrepancy]:
    """The rooms that differ by what was found on that business date, by number. One statement."""
    subject = sa.literal("room:") + sa.cast(Room.id, sa.String)
    last = sa.select(sa.func.max(Event.id)).where(Event.subject == subject, Event.action == FOUND)
    rows: Any = session.execute(
        sa.select(Room, RoomType.code, Stay.id, Guest.surname, Guest.first_names, Event.operator, Event.at)
        .join(RoomType, RoomType.id == Room.room_type_id)
        .join(Event, Event.id == last.correlate(Room).scalar_subquery())
        .outerjoin(Stay, sa.and_(Stay.room_id == Room.id, Stay.status == "in_house"))
        .outerjoin(Guest, Guest.id == Stay.guest_id)
        .where(differs(day))
        .order_by(sa.func.length(Room.number), Room.number)
    )
    return [
        Discrepancy(
            room_id=room.id,
            number=room.number,
            room_type=room_type,
            occupancy=room.occupancy,
            found=room.found,
            condition=room.condition,
            stay_id=stay_id,
            guest=None if stay_id is None else full_name(surname, first_names),
            found_by=by,
            found_at=at,
        )
        for room, room_type, stay_id, surname, first_names, by, at in rows
    ]


def told_of(session: Session, day: date) -> tuple[int, int]:
    """Of how many rooms housekeeping told what it found on that business date, and how many there are."""
    told = sa.func.count(sa.case((Room.found_on == day, Room.id)))
    found = session.execute(sa.select(told, sa.func.count()).where(Room.until.is_(None))).one()
    return int(found[0]), int(found[1])
