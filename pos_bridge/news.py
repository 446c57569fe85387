"""What happened to guests in house, for terminals that ask what is new since they asked last.

Receivers of the front office's signals write rows in the unit of work of what happened. They are read in the order in
which their transactions began, and only those older than any that is still under way: a reader who keeps the cursor it
was given misses nothing, whatever was committed late.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios import clock
from folios.errors import N_, Refusal
from frontoffice import signals
from frontoffice.models.guests import Guest
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay
from pos_bridge.models.messages import News

MOST_NEWS = 500
KEPT = timedelta(days=31)


class CursorInvalid(Refusal):
    code = "cursor.invalid"
    message = N_("This cursor was not given by this hotel. Leave it out to begin with the oldest news.")


def since(session: Session, cursor: str | None, most: int = 100) -> tuple[list[dict[str, Any]], str]:
    """The news after a cursor (None: from the oldest kept), at most `most`, and the cursor to ask with next.

    Each is `kind` (`checked_in`, `checked_out`, `moved`, `changed`), `at`, `stay`, and `room`, `guest`, `from_room` as
    they were then. Refuses (`CursorInvalid`) what is no cursor.
    """
    turn, row_id = _read_cursor(cursor)
    wanted = sa.select(News).where(sa.tuple_(News.turn, News.id) > sa.tuple_(turn, row_id))
    if session.get_bind().dialect.name == "postgresql":
        # A transaction that began earlier may still write: what comes after it waits.
        wanted = wanted.where(News.turn < sa.text("pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
    rows = session.scalars(wanted.order_by(News.turn, News.id).limit(max(1, min(most, MOST_NEWS)))).all()
    news = [{"kind": each.kind, "at": each.at, "stay": each.stay_id, **each.content} for each in rows]
    return news, f"{rows[-1].turn}.{rows[-1].id}" if rows else cursor or "0.0"


def _read_cursor(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return 0, 0
    turn, dot, row_id = cursor.partition(".")
    if not dot or any(not part.isascii() or not part.isdecimal() or len(part) > 18 for part in (turn, row_id)):
        raise CursorInvalid
    return int(turn), int(row_id)


def forget_old(session: Session) -> int:
    """Removes news of more than `KEPT` ago. A terminal that was away for longer asks who is in the house instead."""
    old = sa.delete(News).where(News.at < clock.now() - KEPT)
    return len(session.execute(old.returning(News.id)).all())


# --- receivers ------------------------------------------------------------------------------------------------


def _tell(session: Session, kind: str, stay_ids: Iterable[int], from_room_id: int | None = None) -> None:
    """Writes what happened to stays, with room and guest as they are now."""
    session.flush()
    left = aliased(Room)
    rows = session.execute(
        sa.select(Stay.id, Room.number, Guest.surname, Guest.first_names, left.number.label("left"))
        .join(Guest, Guest.id == Stay.guest_id)
        .outerjoin(Room, Room.id == Stay.room_id)
        .outerjoin(left, left.id == from_room_id)
        .where(Stay.id.in_(list(stay_ids)))
        .order_by(Stay.id)
    ).all()
    turn: Any = 0
    if session.get_bind().dialect.name == "postgresql":
        turn = sa.text("pg_current_xact_id()::text::bigint")
    told = [
        {
            "at": clock.now(),
            "kind": kind,
            "stay_id": row.id,
            "content": {"room": row.number, "guest": row.surname, "first_names": row.first_names}
            | ({} if row.left is None else {"from_room": row.left}),
        }
        for row in rows
    ]
    if told:
        session.execute(sa.insert(News).values(turn=turn), told)


@signals.guest_checked_in.connect
def _on_check_in(session: Session, stay_ids: list[int], **_: Any) -> None:
    _tell(session, "checked_in", stay_ids)


@signals.guest_checked_out.connect
def _on_check_out(session: Session, stay_ids: list[int], **_: Any) -> None:
    _tell(session, "checked_out", stay_ids)


@signals.guest_moved.connect
def _on_move(session: Session, stay_ids: list[int], from_room_id: int | None = None, **_: Any) -> None:
    _tell(session, "moved", stay_ids, from_room_id)


@signals.guest_changed.connect
def _on_change(session: Session, stay_ids: list[int], **_: Any) -> None:
    _tell(session, "changed", stay_ids)
