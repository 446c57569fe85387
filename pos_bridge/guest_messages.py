"""Messages for guests in house, shown by televisions and telephones; a light in the room says that there is one."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal
from folios.events import record
from frontoffice.fields import needed_text
from frontoffice.lifecycle import get_stay
from frontoffice.models.guests import Guest
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay
from pos_bridge.models.links import GuestMessage
from pos_bridge.news import tell_as_sent
from pos_bridge.payers import StayNotHere
from pos_bridge.room_signs import set_sign

MOST_TEXT = 1000


class GuestMessageUnknown(Refusal):
    code = "guest_message.unknown"
    message = N_("There is no such message.")


def write(session: Session, stay_id: int, text: str | None, by: str) -> GuestMessage:
    """Leaves a message for a guest in house. Refuses no text, a text too long, and who is not in house."""
    stay = get_stay(session, stay_id)
    if stay.status != "in_house":
        raise StayNotHere(stay=stay.number)
    row = GuestMessage(
        stay_id=stay.id, text=needed_text("text", text, MOST_TEXT), written_by=by[:40], written_at=clock.now()
    )
    session.add(row)
    session.flush()
    record(session, "guest_message.written", f"stay:{stay.id}", by[:32], None, {"message": row.id})
    room = _room(session, stay)
    fields = [("RN", room), ("G#", stay.number), ("MI", str(row.id)), ("MT", row.text)]
    tell_as_sent(session, "message", fields, stay_id=stay.id)
    _light(session, stay, by)
    return row


def delete(session: Session, stay_id: int, message_id: int, by: str, *, tell: bool = True) -> None:
    """Takes a message away. Refuses one that is not there."""
    row = session.get(GuestMessage, message_id, with_for_update=True, populate_existing=True)
    if row is None or row.stay_id != stay_id or row.deleted_at is not None:
        raise GuestMessageUnknown
    row.deleted_at = clock.now()
    session.flush()
    record(session, "guest_message.deleted", f"stay:{stay_id}", by[:32], None, {"message": row.id})
    stay = get_stay(session, stay_id)
    if tell:
        fields = [("RN", _room(session, stay)), ("G#", stay.number), ("MI", str(row.id))]
        tell_as_sent(session, "message_deleted", fields, stay_id=stay_id)
    _light(session, stay, by)


def read(session: Session, stay_id: int, by: str) -> Sequence[GuestMessage]:
    """The messages of a guest, the oldest first, as the room shows them now; from now on they are read."""
    rows = messages_of(session, stay_id)
    unread = [each for each in rows if each.read_at is None]
    for row in unread:
        row.read_at = clock.now()
    if unread:
        session.flush()
        record(
            session, "guest_message.read", f"stay:{stay_id}", by[:32], None, {"messages": [row.id for row in unread]}
        )
        _light(session, get_stay(session, stay_id), by)
    return rows


def messages_of(session: Session, stay_id: int) -> Sequence[GuestMessage]:
    """The messages of a guest that were not taken away, the oldest first."""
    wanted = sa.select(GuestMessage).where(GuestMessage.stay_id == stay_id, GuestMessage.deleted_at.is_(None))
    return session.scalars(wanted.order_by(GuestMessage.id)).all()


def all_messages(session: Session, most: int = 100) -> list[tuple[GuestMessage, str, str]]:
    """The messages of guests in house, the newest first, each with room and guest."""
    rows = session.execute(
        sa.select(GuestMessage, Room.number, Guest)
        .join(Stay, Stay.id == GuestMessage.stay_id)
        .join(Room, Room.id == Stay.room_id)
        .join(Guest, Guest.id == Stay.guest_id)
        .where(Stay.status == "in_house", GuestMessage.deleted_at.is_(None))
        .order_by(GuestMessage.id.desc())
        .limit(most)
    )
    return [(row, number, guest.name) for row, number, guest in rows]


def get_message(session: Session, message_id: int) -> GuestMessage:
    """The message. Refuses one that is not there (`GuestMessageUnknown`)."""
    found = session.get(GuestMessage, message_id)
    if found is None or found.deleted_at is not None:
        raise GuestMessageUnknown
    return found


def _room(session: Session, stay: Stay) -> str:
    return session.scalar(sa.select(Room.number).where(Room.id == stay.room_id)) or ""


def _light(session: Session, stay: Stay, by: str) -> None:
    """The light burns while a message is unread."""
    unread = sa.select(GuestMessage.id).where(
        GuestMessage.stay_id == stay.id, GuestMessage.deleted_at.is_(None), GuestMessage.read_at.is_(None)
    )
    if stay.room_id is not None:
        set_sign(session, stay.room_id, "ML", "N" if session.scalar(unread.limit(1)) is None else "Y", by, tell=True)
