"""What rooms say by telephone, television and lock: their status (RE), wake-up calls (WR, WC, WA), messages (XM, XD),
and what came of a key (KA).
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from folios.db import in_unit_of_work
from folios.errors import DatabaseRefusal, Refusal
from frontoffice.language import show
from frontoffice.rooms import find_room, set_condition, set_found
from pos_bridge import door_keys, guest_messages, room_signs, wake_ups
from pos_bridge.fias import values
from pos_bridge.fias.answers import AnswerStatus as Status
from pos_bridge.fias.records import Record, record
from pos_bridge.fias_desk.calls import Call, guest_number
from pos_bridge.fias_desk.guests import named
from pos_bridge.fias_desk.statuses import ValueInvalid, status_for

ROOM_BY_STATUS = {
    "1": ("dirty", "vacant"),
    "2": ("dirty", "occupied"),
    "3": ("clean", "vacant"),
    "4": ("clean", "occupied"),
    "5": ("inspected", "vacant"),
    "6": ("inspected", "occupied"),
}
"""How clean a room is by RS, and how it was found. Whether a guest is in it by the books stays the desk's to say."""
SIGN_BY_STATUS = {"8": ("DN", "Y"), "9": ("MK", "Y"), "10": ("DN", "N")}
STORED = ("DN", "ML", "CS", "MR", "TV", "VR", "VM")


def equipment(call: Call) -> list[Record]:
    """Takes what RE says of a room. Answered only where that cannot be: RE has no answer."""
    return _done(call, "RE", lambda session: _equipment(session, call), silent=True)


def _equipment(session: Session, call: Call) -> None:
    room = find_room(session, call.get("RN"))
    status = call.get("RS").lstrip("0")
    if status in ROOM_BY_STATUS:
        condition, found = ROOM_BY_STATUS[status]
        set_condition(session, [room.id], condition, call.sender[:32])
        set_found(session, [room.id], found, call.sender[:32])
        if condition != "dirty":
            room_signs.set_sign(session, room.id, "MK", "N", call.sender)
    elif status in SIGN_BY_STATUS:
        room_signs.set_sign(session, room.id, *SIGN_BY_STATUS[status], call.sender)
    elif status:
        raise ValueInvalid(code="RS")
    for code in STORED:
        value = call.get(code)
        if value:
            room_signs.set_sign(session, room.id, code, value, call.sender)


# --- wake-up calls ----------------------------------------------------------------------------------------------


def wake_up(call: Call) -> list[Record]:
    """Sets the call that a room's telephone asked for."""

    def work(session: Session) -> None:
        at = call.moment()
        if at is None:
            raise ValueInvalid(code="TI")
        wake_ups.set_wake_up(session, call.get("RN"), at, call.sender, tell=False)

    return _done(call, "WA", work, silent=True)


def wake_up_cleared(call: Call) -> list[Record]:
    """Takes back the call that a room's telephone took back; without a moment all of the room's."""
    at = call.moment()
    return _done(call, "WA", lambda session: wake_ups.clear_at(session, call.get("RN"), at, call.sender), silent=True)


def wake_up_answered(call: Call) -> list[Record]:
    """Notes what came of a call."""
    status, at = call.get("AS") or Status.DONE.value, call.moment()

    def work(session: Session) -> None:
        wake_ups.answered(session, call.get("RN"), at, status, call.sender)

    try:
        in_unit_of_work(call.sessions, work)
    except DatabaseRefusal:
        raise
    except Refusal:
        pass  # of a call that nobody set here there is nothing to note, and an answer is not answered
    return []


# --- messages -----------------------------------------------------------------------------------------------------


def messages(call: Call) -> list[Record]:
    """Answers XM by the texts of all messages (XT), or NM where there is none."""

    def work(session: Session) -> list[Record]:
        people = [each for each in named(session, call.get("RN"), call.get("G#")) if each.sharer is None]
        if not people:
            return [call.answer("XT", Status.NOBODY)]
        whose = [("RN", people[0].room), ("G#", guest_number(people[0].stay_id, None))]
        found = guest_messages.read(session, people[0].stay_id, call.sender)
        told = [record("XT", [*whose, ("MI", str(each.id)), ("MT", each.text), *call.now()]) for each in found]
        return told or [call.answer("XT", Status.NOT_FOUND)]

    return in_unit_of_work(call.sessions, work)


def message_deleted(call: Call) -> list[Record]:
    """Takes away the message that a room took away, and says what came of it."""

    def work(session: Session) -> None:
        people = named(session, call.get("RN"), call.get("G#"))
        number = values.whole(call.record.get("MI"))
        if not people or number is None or number <= 0:
            raise guest_messages.GuestMessageUnknown
        guest_messages.delete(session, people[0].stay_id, number, call.sender, tell=False)

    try:
        in_unit_of_work(call.sessions, work)
    except DatabaseRefusal:
        raise
    except Refusal:
        return [call.answer("XD", Status.NOT_FOUND, more=call.echoed("MI"))]
    return [call.answer("XD", Status.DELETED, more=call.echoed("MI"))]


# --- keys ---------------------------------------------------------------------------------------------------------


def key_answered(call: Call) -> list[Record]:
    """Notes what came of a key the desk asked for."""
    told = (call.get("RN"), call.get("KC"), call.get("AS"), call.get("CT"), call.sender)
    in_unit_of_work(call.sessions, lambda session: door_keys.answered(session, call.rules.id, *told))
    return []


def _done(call: Call, id_: str, work: Callable[[Session], None], *, silent: bool) -> list[Record]:
    """Does it; a refusal is an answer of that id. `silent`: what was done is not answered."""
    try:
        in_unit_of_work(call.sessions, work)
    except DatabaseRefusal:
        raise
    except Refusal as refusal:
        return [call.answer(id_, status_for(refusal), show(refusal))]
    return [] if silent else [call.answer(id_, Status.DONE)]
