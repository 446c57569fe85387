"""Signs of a room: do not disturb, message light, what its telephone, television and minibar may do.

How clean a room is stands with the room (`frontoffice.rooms`); the telephone of a housekeeper says that too.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal
from folios.events import record
from frontoffice.models.rooms import Room
from frontoffice.rooms import lock_rooms
from pos_bridge.models.links import RoomSign
from pos_bridge.news import tell_as_sent

SIGNS = {
    "DN": N_("do not disturb"),
    "ML": N_("message light"),
    "MK": N_("make up the room"),
    "CS": N_("telephone"),
    "MR": N_("minibar"),
    "TV": N_("television"),
    "VR": N_("video"),
    "VM": N_("voice mail"),
}
OWN = ("MK",)
"""Signs that are ours alone: no field of RE carries them."""


class SignUnknown(Refusal):
    code = "room_sign.unknown"
    message = N_("{sign} is no sign of a room.")


def set_sign(session: Session, room_id: int, sign: str, value: str, by: str, *, tell: bool = False) -> bool:
    """Sets a sign of a room; whether it was another before. `tell`: links are told.

    Refuses an unknown room and an unknown sign.
    """
    if sign not in SIGNS:
        raise SignUnknown(sign=sign[:10])
    room = lock_rooms(session, [room_id])[room_id]  # two who set the first sign of a kind at once
    row = session.get(RoomSign, (room_id, sign), populate_existing=True)
    before = None if row is None else row.value
    value = value[:8]
    if before == value or (before is None and value == "N"):
        return False
    if row is None:
        row = RoomSign(room_id=room_id, sign=sign)
        session.add(row)
    row.value, row.set_by, row.set_at = value, by[:40], clock.now()
    session.flush()
    record(session, "room.sign.set", f"room:{room_id}", by[:32], {sign: before}, {sign: value})
    if tell and sign not in OWN:
        tell_as_sent(session, "sign", [("RN", room.number), (sign, value)])
    return True


def signs(session: Session) -> list[tuple[str, RoomSign]]:
    """The signs that hang somewhere, by room."""
    rows = session.execute(
        sa.select(Room.number, RoomSign)
        .join(RoomSign, RoomSign.room_id == Room.id)
        .where(RoomSign.value != "N")
        .order_by(sa.func.length(Room.number), Room.number, RoomSign.sign)
    )
    return [(number, row) for number, row in rows]
