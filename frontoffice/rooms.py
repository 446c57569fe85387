"""Room types and rooms: enter, amend, condition, occupancy and what was found, out of order and out of service.

What is not here: how many rooms are free (`availability.py`), who is in a room (`stays.py`), and where housekeeping
and the desk differ (`discrepancies.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import events
from folios.business_day import open_date
from folios.errors import N_, ReasonMissing, Refusal
from folios.events import record, record_all
from folios.ids import next_ids
from folios.texts import clean_text
from frontoffice.fields import FieldUnknown, needed_text
from frontoffice.models.rooms import CONDITIONS, OCCUPANCIES, OUTAGES, Room, RoomOutage, RoomType
from frontoffice.models.stays import Stay, StayNight

# What happens to a room, and what it is afterwards. Only the housekeeper makes it clean again (`set_condition`).
AFTER: Mapping[str, Mapping[str, str]] = {
    "check_in": {"occupancy": "occupied"},
    "check_out": {"occupancy": "vacant", "condition": "dirty"},
    "reverse_check_in": {"occupancy": "vacant"},
    "reinstate": {"occupancy": "occupied"},
    "night": {"condition": "dirty"},
}
READY = ("clean", "inspected")
FOUND = "room.found"
"""The event of what housekeeping found of a room."""


class RoomTypeUnknown(Refusal):
    code = "room_type.unknown"
    message = N_("There is no room type {room_type}.")


class RoomTypeTaken(Refusal):
    code = "room_type.code_taken"
    message = N_("Room type {room_type} exists already.")


class RoomUnknown(Refusal):
    code = "room.unknown"
    message = N_("There is no room {room}.")


class RoomNumberTaken(Refusal):
    code = "room.number_taken"
    message = N_("Room {room} exists already.")


class ConditionUnknown(Refusal):
    code = "room.condition_unknown"
    message = N_("{condition} is not a condition of a room.")


class FoundUnknown(Refusal):
    code = "room.found_unknown"
    message = N_("A room is found vacant or occupied, not {found}.")


class RoomInUse(Refusal):
    code = "room.in_use"
    message = N_("Room {room} is given to stay {stay}. Move that guest first.")


class RoomClosed(Refusal):
    code = "room.closed"
    message = N_("Room {room} no longer belongs to the house.")


class RoomOccupied(Refusal):
    code = "room.occupied"
    message = N_("Room {room} is occupied.")


class RoomNotReady(Refusal):
    code = "room.not_ready"
    message = N_("Room {room} is dirty. Have it cleaned, or choose another.")


class RoomOutOfOrder(Refusal):
    code = "room.out_of_order"
    message = N_("Room {room} is out of order until {day}: {reason}.")


class RoomOutOfService(Refusal):
    code = "room.out_of_service"
    message = N_("Room {room} is out of service until {day}: {reason}. Accept that, or choose another.")


class PeriodInvalid(Refusal):
    code = "period.invalid"
    message = N_("The period must end after it begins: {from_date} to {to_date}.")


class OutageInPast(Refusal):
    code = "outage.in_past"
    message = N_("A room cannot be put out for days that are over: it is {day}.")


class OutageKindUnknown(Refusal):
    code = "outage.kind_unknown"
    message = N_("{kind} is not a way for a room to be out.")


class OutageOverlaps(Refusal):
    code = "outage.overlaps"
    message = N_("Room {room} is out already from {from_date} to {to_date}.")


class OutageUnknown(Refusal):
    code = "outage.unknown"
    message = N_("There is no outage {outage}.")


@dataclass(frozen=True, slots=True)
class NewRoom:
    """A room to be entered: its number on the door, the id of its type, and its floor if that matters."""

    number: str
    room_type_id: int
    floor: str | None = None


# --- room types -----------------------------------------------------------------------------------------------


def add_room_type(session: Session, *, code: str, name: str, operator: str) -> RoomType:
    """Enters a room type. Refuses a code that is taken, a missing code or name, and bad text."""
    wanted = RoomType(code=needed_text("code", code, 16), name=needed_text("name", name, 100))
    try:
        with session.begin_nested():
            session.add(wanted)
    except IntegrityError:
        raise RoomTypeTaken(room_type=wanted.code) from None
    record(session, "room_type.entered", f"room_type:{wanted.id}", operator, None, {"code": wanted.code})
    return wanted


def find_room_type(session: Session, code: str) -> RoomType:
    """The room type with this code. Refuses `RoomTypeUnknown`."""
    found = session.scalar(sa.select(RoomType).where(RoomType.code == code))
    if found is None:
        raise RoomTypeUnknown(room_type=code)
    return found


def get_room_type(session: Session, room_type_id: int) -> RoomType:
    """The room type with this id. Refuses `RoomTypeUnknown`."""
    found = session.get(RoomType, room_type_id)
    if found is None:
        raise RoomTypeUnknown(room_type=room_type_id)
    return found


def room_types(session: Session) -> list[tuple[RoomType, int]]:
    """All room types by code, each with how many rooms the house has of it now. One statement."""
    wanted = (
        sa.select(RoomType, sa.func.count(Room.id))
        .outerjoin(Room, sa.and_(Room.room_type_id == RoomType.id, Room.until.is_(None)))
        .group_by(RoomType.id)
        .order_by(RoomType.code)
    )
    return [(room_type, count) for room_type, count in session.execute(wanted)]


def amend_room_type(session: Session, room_type_id: int, seen_version: int, name: str, operator: str) -> RoomType:
    """Renames a room type read at `seen_version`. Refuses `ChangedMeanwhile`."""
    found = lock_room_types(session, [room_type_id])[room_type_id]
    changes = {"name": needed_text("name", name, 100)}
    events.amend(session, found, seen_version, changes, "room_type.amended", f"room_type:{room_type_id}", operator)
    return found


def lock_room_types(session: Session, room_type_ids: Iterable[int]) -> dict[int, RoomType]:
    """Locks room types in id order: who sells rooms of one waits here. Refuses `RoomTypeUnknown`."""
    ids = sorted(set(room_type_ids))
    rows = {each.id: each for each in session.scalars(_locking(RoomType, ids))}
    for room_type_id in ids:
        if room_type_id not in rows:
            raise RoomTypeUnknown(room_type=room_type_id)
    return rows


# --- rooms ----------------------------------------------------------------------------------------------------


def add_room(session: Session, *, number: str, room_type_id: int, operator: str, floor: str | None = None) -> Room:
    """Enters one room; see `add_rooms`."""
    return add_rooms(session, [NewRoom(number, room_type_id, floor)], operator)[0]


def add_rooms(session: Session, rooms: Sequence[NewRoom], operator: str) -> list[Room]:
    """Enters rooms, vacant and clean, from the open business date on; they stay on their room type for good.

    Refuses a number that is taken or missing, and an unknown room type.
    """
    lock_room_types(session, {each.room_type_id for each in rooms})
    since = open_date(session)
    numbers = [needed_text("number", each.number, 8) for each in rooms]
    taken = session.scalars(sa.select(Room.number).where(Room.number.in_(numbers))).all()
    taken = taken or [each for each in set(numbers) if numbers.count(each) > 1]
    if taken:
        raise RoomNumberTaken(room=taken)
    entered = [
        Room(
            id=room_id,
            number=number,
            room_type_id=each.room_type_id,
            floor=clean_text("floor", each.floor, 16),
            since=since,
        )
        for room_id, number, each in zip(next_ids(session, Room.id, len(rooms)), numbers, rooms, strict=True)
    ]
    try:
        with session.begin_nested():
            session.add_all(entered)
    except IntegrityError:
        raise RoomNumberTaken(room=numbers) from None
    record_all(
        session, "room.entered", operator, [(f"room:{each.id}", None, {"number": each.number}) for each in entered]
    )
    return entered


def find_room(session: Session, number: str) -> Room:
    """The room with this number. Refuses `RoomUnknown`."""
    found = session.scalar(sa.select(Room).where(Room.number == number))
    if found is None:
        raise RoomUnknown(room=number)
    return found


def get_room(session: Session, room_id: int) -> Room:
    """The room with this id. Refuses `RoomUnknown`."""
    found = session.get(Room, room_id)
    if found is None:
        raise RoomUnknown(room=room_id)
    return found


def all_rooms(session: Session) -> list[tuple[Room, str]]:
    """All rooms with the code of their type, by number, those that have left the house last. One statement."""
    wanted = sa.select(Room, RoomType.code).join(RoomType, RoomType.id == Room.room_type_id)
    order = (Room.until.is_not(None), sa.func.length(Room.number), Room.number)
    return [(room, code) for room, code in session.execute(wanted.order_by(*order))]


def lock_rooms(session: Session, room_ids: Iterable[int]) -> dict[int, Room]:
    """Locks rooms in id order and returns them as they are under the lock. Refuses `RoomUnknown`."""
    ids = sorted(set(room_ids))
    rows = {each.id: each for each in session.scalars(_locking(Room, ids))}
    for room_id in ids:
        if room_id not in rows:
            raise RoomUnknown(room=room_id)
    return rows


def amend_room(session: Session, room_id: int, seen_version: int, changes: Mapping[str, Any], operator: str) -> Room:
    """Changes `number`, `floor` or `condition` of a room read at `seen_version`.

    Refuses a number that is taken, a condition that is none, another field, and `ChangedMeanwhile`.
    """
    room = lock_rooms(session, [room_id])[room_id]
    clean: dict[str, Any] = {}
    for field, value in changes.items():
        if field == "number":
            clean[field] = needed_text(field, value, 8)
            if clean[field] != room.number and session.scalar(sa.select(Room.id).where(Room.number == clean[field])):
                raise RoomNumberTaken(room=clean[field])
        elif field == "floor":
            clean[field] = clean_text(field, value, 16)
        elif field == "condition":
            clean[field] = _condition(value)
        else:
            raise FieldUnknown(field=field)
    try:
        with session.begin_nested():
            events.amend(session, room, seen_version, clean, "room.amended", f"room:{room_id}", operator)
    except IntegrityError:  # somebody took the number at the same instant
        raise RoomNumberTaken(room=clean["number"]) from None
    return room


def set_condition(session: Session, room_ids: Sequence[int], condition: str, operator: str) -> None:
    """The housekeeper's report: these rooms are `clean`, `dirty` or `inspected` now. Last one told counts.

    Refuses an unknown room, and a condition that is none.
    """
    rooms = lock_rooms(session, room_ids)
    changed = [each for each in rooms.values() if each.condition != _condition(condition)]
    changes = [(f"room:{each.id}", {"condition": each.condition}, {"condition": condition}) for each in changed]
    _update(session, [each.id for each in changed], {"condition": condition})
    record_all(session, "room.condition.set", operator, changes)


def set_found(session: Session, room_ids: Collection[int], found: str, operator: str) -> None:
    """The housekeeper's walk: these rooms were found `vacant` or `occupied` today. Last one told counts.

    What the desk has of the rooms stays as it is; where the two differ is in `discrepancies.py`. What was told already
    is told by nobody again. Refuses an unknown room, and what is neither.
    """
    if found not in OCCUPANCIES:
        raise FoundUnknown(found=found)
    after = {"found": found, "found_on": open_date(session)}
    rooms = lock_rooms(session, room_ids).values()
    before = {each.id: {"found": each.found, "found_on": each.found_on} for each in rooms}
    changes = [(f"room:{room_id}", told, after) for room_id, told in before.items() if told != after]
    _update(session, [room_id for room_id, told in before.items() if told != after], after)
    record_all(session, FOUND, operator, changes)


def close_room(session: Session, room_id: int, operator: str) -> Room:
    """Takes a room out of the house from the open business date on; an outage of it ends that day.

    Refuses while a stay is in it or has it for a night to come.
    """
    room = lock_rooms(session, [room_id])[room_id]
    if room.until is not None:
        raise RoomClosed(room=room.number)
    today = open_date(session)
    refuse_given(session, room, today, None)
    room.until = today
    session.execute(sa.delete(RoomOutage).where(RoomOutage.room_id == room_id, RoomOutage.from_date >= today))
    session.execute(
        sa.update(RoomOutage).where(RoomOutage.room_id == room_id, RoomOutage.to_date > today).values(to_date=today)
    )
    session.flush()
    record(session, "room.closed", f"room:{room_id}", operator, None, {"until": today})
    return room


def mark_rooms(session: Session, room_ids: Collection[int], happening: str) -> None:
    """Sets occupancy and condition as `AFTER` says. The caller holds the rooms' locks and writes the event.

    What housekeeping found before the desk let somebody in or out says nothing about the room any more.
    """
    _update(session, room_ids, {**AFTER[happening], "found": None, "found_on": None})


def soil_slept_in_rooms(session: Session, night: date) -> int:
    """What a night does: each room that was slept in, and is occupied still, becomes dirty; returns how many did."""
    slept_in = sa.select(StayNight.room_id).where(StayNight.date == night)
    ready = sa.select(Room.id).where(Room.id.in_(slept_in), Room.occupancy == "occupied", Room.condition.in_(READY))
    rooms = lock_rooms(session, session.scalars(ready))
    soiled = [each.id for each in rooms.values() if each.occupancy == "occupied" and each.condition in READY]
    _update(session, soiled, AFTER["night"])
    return len(soiled)


def _update(session: Session, room_ids: Collection[int], values: Mapping[str, Any]) -> None:
    if room_ids:
        changed = sa.update(Room).where(Room.id.in_(room_ids)).values(**values, version=Room.version + 1)
        session.execute(changed)


# --- out of order, out of service -------------------------------------------------------------------------------


def put_out(
    session: Session, room_id: int, *, kind: str, from_date: date, to_date: date, reason: str, operator: str
) -> RoomOutage:
    """Puts a room `out_of_order` or `out_of_service` from `from_date` up to, not including, `to_date`.

    Out of order refuses while a stay has the room for one of these nights, but not for want of other rooms of its
    type: a burst pipe asks nobody, and the shortage then shows as a number below zero. Refuses a period that is empty,
    past, or overlaps another outage of the room, and no reason.
    """
    today = open_date(session)
    if kind not in OUTAGES:
        raise OutageKindUnknown(kind=kind)
    if to_date <= from_date:
        raise PeriodInvalid(from_date=from_date, to_date=to_date)
    if from_date < today:
        raise OutageInPast(day=today)
    why = clean_text("reason", reason, 200)
    if why is None:
        raise ReasonMissing
    room = lock_rooms(session, [room_id])[room_id]
    if room.until is not None:
        raise RoomClosed(room=room.number)
    overlapping = outages(session, [room_id], from_date, to_date)
    if overlapping:
        raise OutageOverlaps(room=room.number, from_date=overlapping[0].from_date, to_date=overlapping[0].to_date)
    if kind == "out_of_order":
        refuse_given(session, room, from_date, to_date)
    outage = RoomOutage(room_id=room_id, kind=kind, from_date=from_date, to_date=to_date, reason=why)
    session.add(outage)
    session.flush()
    after = {"kind": kind, "from_date": from_date, "to_date": to_date, "reason": why}
    record(session, "room.put_out", f"room:{room_id}", operator, None, after)
    return outage


def get_outage(session: Session, outage_id: int) -> RoomOutage:
    """A room's time out of order or out of service. Refuses `OutageUnknown`."""
    found = session.get(RoomOutage, outage_id)
    if found is None:
        raise OutageUnknown(outage=outage_id)
    return found


def put_back(session: Session, outage_id: int, operator: str, on: date | None = None) -> None:
    """Ends an outage on a day, by default the open business date: the room can be used for that night again.

    An outage that would not have begun by then is taken back altogether. Refuses `OutageUnknown`, and a day that is
    over or not before the outage ends anyway.
    """
    room_id = get_outage(session, outage_id).room_id
    lock_rooms(session, [room_id])
    outage = session.get(RoomOutage, outage_id, populate_existing=True)
    if outage is None:
        raise OutageUnknown(outage=outage_id)
    today = open_date(session)
    end = on or today
    if end < today:
        raise OutageInPast(day=today)
    if end >= outage.to_date:
        raise PeriodInvalid(from_date=outage.from_date, to_date=end)
    before = {"kind": outage.kind, "from_date": outage.from_date, "to_date": outage.to_date}
    if end <= outage.from_date:
        session.delete(outage)
    else:
        outage.to_date = end
    session.flush()
    record(session, "room.put_back", f"room:{room_id}", operator, before, {"on": end})


def outages(session: Session, room_ids: Collection[int], from_date: date, to_date: date) -> list[RoomOutage]:
    """The outages of rooms that touch the period, by their beginning."""
    touching = (
        sa.select(RoomOutage)
        .where(RoomOutage.room_id.in_(room_ids), RoomOutage.from_date < to_date, RoomOutage.to_date > from_date)
        .order_by(RoomOutage.from_date, RoomOutage.id)
    )
    return list(session.scalars(touching))


def numbers_of(session: Session, room_ids: Collection[int]) -> dict[int, str]:
    """The numbers of rooms, by id, in the order of the numbers; ids of no room are left out. No rooms: no statement."""
    if not room_ids:
        return {}
    found = sa.select(Room.id, Room.number).where(Room.id.in_(room_ids))
    return dict(session.execute(found.order_by(sa.func.length(Room.number), Room.number)).all())


def outage_refusal(room: Room, outage: RoomOutage) -> Refusal:
    """How a room that is out is refused."""
    refusal = RoomOutOfOrder if outage.kind == "out_of_order" else RoomOutOfService
    return refusal(room=room.number, day=outage.to_date, reason=outage.reason)


def refuse_given(session: Session, room: Room, from_date: date, to_date: date | None) -> None:
    """Refuses (`RoomInUse`) while a stay is in the room, or has it for a night of the period (None: for ever)."""
    nights = sa.select(StayNight.stay_id).where(StayNight.room_id == room.id, StayNight.date >= from_date)
    if to_date is not None:
        nights = nights.where(StayNight.date < to_date)
    given = session.scalars(nights.order_by(StayNight.date).limit(1)).first()
    if given is None and from_date <= open_date(session):
        given = session.scalar(sa.select(Stay.id).where(Stay.room_id == room.id, Stay.status == "in_house"))
    if given is not None:
        raise RoomInUse(room=room.number, stay=given)


# --- small parts ------------------------------------------------------------------------------------------------


def _locking(entity: type[Any], ids: Sequence[int]) -> sa.Select[Any]:
    return (
        sa.select(entity)
        .where(entity.id.in_(ids))
        .order_by(entity.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def _condition(condition: str) -> str:
    if condition not in CONDITIONS:
        raise ConditionUnknown(condition=condition)
    return condition
