"""A resync: who is in which room, as one snapshot, room by room; rooms in which nobody is are told to be vacant."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay
from pos_bridge.fias.records import Record, record
from pos_bridge.fias_desk.outbox import by_guest, guest_in
from pos_bridge.fias_links.seam import Conversation, Snapshot
from pos_bridge.news import newest
from pos_bridge.residents import in_house


def snapshot(session: Session, link: Conversation) -> Snapshot:
    """What is told between DS and DE, read now: three statements, however many rooms there are."""
    _turn, up_to = newest(session)
    people = list(in_house(session))
    occupied = sa.select(Stay.room_id).where(Stay.status == "in_house", Stay.room_id.is_not(None))
    vacant = sa.select(Room.number).where(Room.active, Room.id.not_in(occupied)).order_by(Room.number)
    rooms = list(session.scalars(vacant))

    def records() -> Iterator[Record]:
        each_guest = by_guest(link)
        for resident in people:
            if each_guest or resident.sharer is None:
                yield guest_in(resident, resync=True)
        for room in rooms:
            yield record("GO", [("RN", room), ("GS", "N"), ("SF", "")])

    return Snapshot(records(), up_to)
