"""Wake-up calls: set by the desk or from a telephone, told to the exchange, repeated when nobody answers, and shown to
the desk when that did not help either.

The exchange calls by itself at the time it was told and says what came of it. Who does not answer is called again
after five minutes, three times in all; then somebody has to go there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal
from folios.events import record
from folios.texts import search_text
from frontoffice import signals
from frontoffice.language import gettext as _
from frontoffice.models.guests import Guest
from frontoffice.models.property import Property
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay
from pos_bridge.fias import values
from pos_bridge.models.links import Link, LinkState, WakeUp
from pos_bridge.news import tell_as_sent
from pos_bridge.payers import NobodyInRoom, NoSuchRoom

MOST_TRIES = 3
AGAIN_AFTER = timedelta(minutes=5)
NOT_TOLD_AFTER = timedelta(minutes=5)
MOST_URGENT = 50
FARTHEST = timedelta(days=366)
OPEN = ("set", "sent")
DESK = "desk"


class WakeUpInPast(Refusal):
    code = "wake_up.in_past"
    message = N_("{at} is over. Choose a moment to come, within a year.")


class WakeUpUnknown(Refusal):
    code = "wake_up.unknown"
    message = N_("There is no such wake-up call.")


class WakeUpOver(Refusal):
    code = "wake_up.over"
    message = N_("This wake-up call is over.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A call as the desk sees it. `late`: its time has come, and no exchange says what came of it."""

    row: WakeUp
    room: str
    guest: str
    late: bool

    @property
    def urgent(self) -> bool:
        """Whether somebody has to go there."""
        return self.late or (self.row.state == "unanswered" and self.row.seen_by is None)


def set_wake_up(session: Session, room: str, at: datetime, by: str, *, tell: bool = True) -> WakeUp:
    """Sets a call for the guest in a room; the same again is the same call. `tell`: whether exchanges are told.

    Refuses an unknown or vacant room, and a moment that is over or too far off.
    """
    stay = stay_in(session, room)
    session.refresh(stay, with_for_update={"key_share": True})  # two who set the same call at once set one
    now = clock.now()
    at = at.replace(second=0, microsecond=0)
    if not now - timedelta(minutes=1) < at < now + FARTHEST:
        raise WakeUpInPast(at=at.astimezone(_zone(session)).strftime("%Y-%m-%d %H:%M"))
    same = sa.select(WakeUp).where(WakeUp.stay_id == stay.id, WakeUp.at == at, WakeUp.state.in_(OPEN))
    found = session.scalar(same)
    if found is not None:
        return found
    row = WakeUp(room_id=stay.room_id or 0, stay_id=stay.id, at=at, next_at=at, set_by=by[:40], set_at=now)
    session.add(row)
    session.flush()
    record(session, "wake_up.set", f"wake_up:{row.id}", by[:32], None, {"room": room, "at": at.isoformat()})
    if tell:
        _tell(session, "wake_up_set", row, room)
    return row


def clear(session: Session, wake_up_id: int, by: str, *, tell: bool = True) -> None:
    """Takes a call back. Refuses one that is over, and unknown ones."""
    row = session.get(WakeUp, wake_up_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise WakeUpUnknown
    if row.state not in OPEN:
        raise WakeUpOver
    _clear(session, row, by, tell=tell)


def clear_at(session: Session, room: str, at: datetime | None, by: str) -> None:
    """Takes the call of a room at a moment back, as its telephone asked; without a moment all of them."""
    stay = stay_in(session, room)
    rows = [each for each in _open_of(session, stay.id) if at is None or each.next_at == at.replace(second=0)]
    if not rows:
        raise WakeUpUnknown
    for row in rows:
        _clear(session, row, by, tell=False)


def answered(session: Session, room: str, at: datetime | None, status: str, by: str) -> WakeUp:
    """What came of a call: `OK`, the guest answered; anything else: called again, or somebody has to go.

    Refuses an unknown or vacant room, and a room for which none is set.
    """
    rows = _open_of(session, stay_in(session, room).id)
    named = [each for each in rows if at is not None and each.next_at == at.replace(second=0)]
    due = [each for each in rows if each.next_at <= clock.now() + timedelta(minutes=1)]
    for row in (*named, *due):
        return _outcome(session, row, room, status, by)
    raise WakeUpUnknown


def _outcome(session: Session, row: WakeUp, room: str, status: str, by: str) -> WakeUp:
    before = {"state": row.state, "tries": row.tries}
    now = clock.now()
    row.answer, row.answered_at, row.tries = status[:2], now, row.tries + 1
    if status == "OK":
        row.state = "answered"
    elif row.tries < MOST_TRIES:
        row.next_at = (max(now, row.next_at) + AGAIN_AFTER).replace(second=0, microsecond=0)
        _tell(session, "wake_up_set", row, room)
    else:
        row.state = "unanswered"
    session.flush()
    after = {"state": row.state, "tries": row.tries, "answer": row.answer}
    record(session, "wake_up.called", f"wake_up:{row.id}", by[:32], before, after)
    return row


def seen(session: Session, wake_up_id: int, operator: str) -> None:
    """Somebody has gone there. Refuses unknown calls; who says so a second time changes nothing."""
    row = session.get(WakeUp, wake_up_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise WakeUpUnknown
    if row.seen_by is None:
        row.seen_by = operator
        if row.state in OPEN:
            row.state = "unanswered"
        session.flush()
        record(session, "wake_up.seen", f"wake_up:{row.id}", operator)


def listed(session: Session, most: int = 200) -> list[Shown]:
    """The calls to come and those of the last day: those somebody has to go to first, then by their time."""
    now = clock.now()
    late_before = now - _patience(session)
    rows = session.execute(
        sa.select(WakeUp, Room.number, Guest)
        .join(Room, Room.id == WakeUp.room_id)
        .join(Stay, Stay.id == WakeUp.stay_id)
        .join(Guest, Guest.id == Stay.guest_id)
        .where(sa.or_(WakeUp.state.in_(OPEN), WakeUp.next_at > now - timedelta(days=1)))
        .order_by(WakeUp.next_at, WakeUp.id)
        .limit(most)
    )
    found = [Shown(row, room, guest.name, row.state in OPEN and row.next_at < late_before) for row, room, guest in rows]
    return sorted(found, key=lambda each: not each.urgent)


def get_wake_up(session: Session, wake_up_id: int) -> WakeUp:
    """The call. Refuses `WakeUpUnknown`."""
    found = session.get(WakeUp, wake_up_id)
    if found is None:
        raise WakeUpUnknown
    return found


def status(session: Session) -> str | None:
    """Rooms somebody has to go to, for the top bar. One statement while no call is due."""
    now = clock.now()
    rows = session.execute(_URGENT, {"now": now}).all()
    late_before = now - _patience(session) if rows else now
    rooms = [row.number for row in rows if row.state == "unanswered" or row.next_at < late_before]
    if not rooms:
        return None
    return _("wake up {rooms}", rooms=", ".join(rooms[:3]) + ("…" if len(rooms) > 3 else ""))


# Every page asks this: put together once.
_URGENT = (
    sa.select(WakeUp.state, WakeUp.next_at, Room.number)
    .join(Room, Room.id == WakeUp.room_id)
    .where(
        sa.or_(
            sa.and_(WakeUp.state.in_(OPEN), WakeUp.next_at < sa.bindparam("now")),
            sa.and_(WakeUp.state == "unanswered", WakeUp.seen_by.is_(None)),
        )
    )
    .order_by(WakeUp.next_at)
    .limit(MOST_URGENT)
)


def _patience(session: Session) -> timedelta:
    """How long an exchange has time to say what came of a call; where none is connected, the desk calls by itself."""
    up = sa.select(LinkState.lists).join(Link, Link.id == LinkState.link_id)
    lists = session.scalars(up.where(Link.active, LinkState.phase == "alive"))
    return NOT_TOLD_AFTER if any(id_ == "WR" for asked in lists for id_, _fields in asked) else timedelta()


def _clear(session: Session, row: WakeUp, by: str, *, tell: bool) -> None:
    row.state = "cleared"
    session.flush()
    record(session, "wake_up.cleared", f"wake_up:{row.id}", by[:32])
    if tell:
        _tell(session, "wake_up_cleared", row, _number(session, row))


def _open_of(session: Session, *stay_ids: int) -> Sequence[WakeUp]:
    wanted = sa.select(WakeUp).where(WakeUp.stay_id.in_(stay_ids), WakeUp.state.in_(OPEN))
    locked = wanted.order_by(WakeUp.next_at, WakeUp.id).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).all()


def stay_in(session: Session, room: str | None) -> Stay:
    """The stay in house in a room. Refuses an unknown or vacant room."""
    room = search_text(room, 8)
    wanted = sa.select(Stay).join(Room, Room.id == Stay.room_id).where(Room.number == room, Stay.status == "in_house")
    found = session.scalar(wanted)
    if found is None:
        known = session.scalar(sa.select(Room.id).where(Room.number == room, Room.active))
        raise NoSuchRoom(room=room) if known is None else NobodyInRoom(room=room)
    return found


def _zone(session: Session) -> ZoneInfo:
    return ZoneInfo(session.scalar(sa.select(Property.time_zone)) or "UTC")


def _tell(session: Session, kind: str, row: WakeUp, room: str | None) -> None:
    moment = values.stamp(row.next_at.astimezone(_zone(session)))
    tell_as_sent(session, kind, [("RN", room), ("G#", str(row.stay_id)), *moment], stay_id=row.stay_id)


# --- guests who move, and who leave -----------------------------------------------------------------------------


@signals.guest_checked_out.connect
def _on_check_out(session: Session, stay_ids: list[int], **_more: Any) -> None:
    for row in _open_of(session, *stay_ids):
        _clear(session, row, DESK, tell=True)


@signals.guest_moved.connect
def _on_move(session: Session, stay_ids: list[int], **_more: Any) -> None:
    session.flush()
    for row in _open_of(session, *stay_ids):
        _tell(session, "wake_up_cleared", row, _number(session, row))
        row.room_id = session.scalar(sa.select(Stay.room_id).where(Stay.id == row.stay_id)) or row.room_id
        session.flush()
        _tell(session, "wake_up_set", row, _number(session, row))


def _number(session: Session, row: WakeUp) -> str | None:
    return session.scalar(sa.select(Room.number).where(Room.id == row.room_id))
