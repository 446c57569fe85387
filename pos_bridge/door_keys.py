"""Keys for rooms: the desk asks a door-lock system on a link for one, and is told what came of it."""

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
from pos_bridge.fias.values import from_date
from pos_bridge.links import get_link
from pos_bridge.models.links import KEY_KINDS, KeyRequest
from pos_bridge.news import tell_as_sent
from pos_bridge.payers import StayNotHere

KIND_WORDS = {"N": N_("new key"), "D": N_("second key"), "O": N_("key for once")}
MOST_KEYS = 9


class KeyKindInvalid(Refusal):
    code = "key_request.kind_invalid"
    message = N_("A key is a new one, a second one, or one for once; at most nine at a time.")


def ask(
    session: Session, link: str, stay_id: int, *, coder: str | None, kind: str = "N", keys: int = 1, operator: str
) -> KeyRequest:
    """Asks a link's door-lock system to write keys for a guest in house, at a coder.

    Refuses an unknown link, who is not in house, no coder, and a kind or number of keys that cannot be.
    """
    row = get_link(session, link)
    stay = get_stay(session, stay_id)
    if stay.status != "in_house":
        raise StayNotHere(stay=stay.number)
    if kind not in KEY_KINDS or not 1 <= keys <= MOST_KEYS:
        raise KeyKindInvalid
    room = session.scalar(sa.select(Room.number).where(Room.id == stay.room_id)) or ""
    asked = KeyRequest(
        link_id=row.id,
        stay_id=stay.id,
        room=room,
        coder=needed_text("coder", coder, 8),
        kind=kind,
        keys=keys,
        asked_by=operator,
        asked_at=clock.now(),
    )
    session.add(asked)
    session.flush()
    record(session, "key.asked", f"stay:{stay.id}", operator, None, {"link": row.code, "kind": kind, "keys": keys})
    guest = session.get_one(Guest, stay.guest_id)
    fields = [
        *(("WS", "DESK"), ("KC", asked.coder), ("RN", room), ("KT", kind), ("K#", str(keys))),
        *(("G#", stay.number), ("GN", guest.name), ("GA", from_date(stay.arrival)), ("GD", from_date(stay.departure))),
    ]
    tell_as_sent(session, "key", fields, stay_id=stay.id, link_id=row.id)
    return asked


def answered(session: Session, link_id: int, room: str, coder: str, status: str, text: str, by: str) -> bool:
    """What came of the oldest key that waits, of that room and coder where they are named. Whether there was one."""
    wanted = sa.select(KeyRequest).where(KeyRequest.link_id == link_id, KeyRequest.state == "asked")
    if room:
        wanted = wanted.where(KeyRequest.room == room)
    if coder:
        wanted = wanted.where(KeyRequest.coder == coder)
    row = session.scalar(wanted.order_by(KeyRequest.id).limit(1).with_for_update())
    if row is None:
        return False
    row.state = "done" if status == "OK" else "refused"
    row.status, row.text, row.answered_at = status[:2], text[:50] or None, clock.now()
    session.flush()
    record(session, "key.answered", f"stay:{row.stay_id}", by[:32], None, {"status": row.status, "text": row.text})
    return True


def keys_of(session: Session, link_id: int, most: int = 20) -> Sequence[KeyRequest]:
    """The keys that were asked for over a link, the newest first."""
    wanted = sa.select(KeyRequest).where(KeyRequest.link_id == link_id).order_by(KeyRequest.id.desc())
    return session.scalars(wanted.limit(most)).all()
