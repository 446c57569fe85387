"""What happened in the house, for terminals that ask what is new since they asked last, and for links that are told.

Receivers of the front office's signals write rows in the unit of work of what happened. They are read in the order in
which their transactions began, and only those older than any that is still under way: a reader who keeps the cursor it
was given misses nothing, whatever was committed late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios import signals as ledger_signals
from folios.errors import N_, Refusal
from frontoffice import signals
from frontoffice.models.rooms import Room
from pos_bridge.models.messages import News
from pos_bridge.residents import Resident, plain_of, residents_of

MOST_NEWS = 500
KEPT = timedelta(days=31)
OF_GUESTS = ("checked_in", "checked_out", "moved", "changed")
TOLD = ("room", "guest", "first_names", "from_room")
"""What terminals are told of news; links are told of everybody in the room."""


class CursorInvalid(Refusal):
    code = "cursor.invalid"
    message = N_("This cursor was not given by this hotel. Leave it out to begin with the oldest news.")


def since(session: Session, cursor: str | None, most: int = 100) -> tuple[list[dict[str, Any]], str]:
    """The news of guests after a cursor (None: from the oldest kept), at most `most`, and the cursor to ask with next.

    Each is `kind` (`checked_in`, `checked_out`, `moved`, `changed`), `at`, `stay`, and `room`, `guest`, `from_room` as
    they were then. Refuses (`CursorInvalid`) what is no cursor.
    """
    wanted = after(session, *_read_cursor(cursor)).where(News.kind.in_(OF_GUESTS))
    rows = session.scalars(wanted.limit(max(1, min(most, MOST_NEWS)))).all()
    news = [
        {"kind": each.kind, "at": each.at, "stay": each.stay_id}
        | {name: each.content[name] for name in TOLD if name in each.content}
        for each in rows
    ]
    return news, f"{rows[-1].turn}.{rows[-1].id}" if rows else cursor or "0.0"


def after(session: Session, turn: int, row_id: int) -> sa.Select[News]:
    """The statement that reads the news after a place in it, in order, as far as nothing can come in between."""
    wanted = sa.select(News).where(sa.tuple_(News.turn, News.id) > sa.tuple_(turn, row_id), settled(session))
    return wanted.order_by(News.turn, News.id)


def settled(session: Session) -> sa.ColumnElement[bool]:
    """Whether a row of the news stands before any that may still be written."""
    if session.get_bind().dialect.name != "postgresql":
        return sa.true()
    # A transaction that began earlier may still write: what comes after it waits.
    return News.turn < sa.text("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


def newest(session: Session) -> tuple[int, int]:
    """The place of the newest of the news that has settled; (0, 0) where there is none."""
    wanted = sa.select(News.turn, News.id).where(settled(session)).order_by(News.turn.desc(), News.id.desc())
    row = session.execute(wanted.limit(1)).first()
    return (0, 0) if row is None else (row.turn, row.id)


def _read_cursor(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return 0, 0
    turn, dot, row_id = cursor.partition(".")
    if not dot or any(not part.isascii() or not part.isdecimal() or len(part) > 18 for part in (turn, row_id)):
        raise CursorInvalid
    return int(turn), int(row_id)


def forget_old(session: Session) -> int:
    """Removes news of more than `KEPT` ago. A terminal that was away for longer asks who is in the house instead.

    The newest stays, so that a database which counts on from it gives no number twice.
    """
    last = sa.select(sa.func.max(News.id)).scalar_subquery()
    old = sa.delete(News).where(News.at < clock.now() - KEPT, News.id < last)
    return len(session.execute(old.returning(News.id)).all())


# --- what is told -----------------------------------------------------------------------------------------------


def tell(
    session: Session, kind: str, content: Mapping[str, Any], *, stay_id: int | None = None, link_id: int | None = None
) -> None:
    """Writes news for the links, in the unit of work of what happened; `link_id`: for one of them alone."""
    _write(session, [{"kind": kind, "stay_id": stay_id, "link_id": link_id, "content": dict(content)}])


def tell_as_sent(
    session: Session,
    kind: str,
    fields: Sequence[tuple[str, str | None]],
    *,
    stay_id: int | None = None,
    link_id: int | None = None,
) -> None:
    """Writes news for the links whose fields are sent as they are; those without a value are left out."""
    content = {"fields": [[code, value] for code, value in fields if value is not None]}
    tell(session, kind, content, stay_id=stay_id, link_id=link_id)


def _write(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    turn: Any = 0
    if session.get_bind().dialect.name == "postgresql":
        turn = sa.text("pg_current_xact_id()::text::bigint")
    at = clock.now()
    session.execute(sa.insert(News).values(turn=turn), [{"at": at, "link_id": None, **row} for row in rows])


def _tell(session: Session, kind: str, stay_ids: Iterable[int], from_room_id: int | None = None) -> None:
    """Writes what happened to stays, with room and guests as they are now."""
    session.flush()
    left = None if from_room_id is None else session.scalar(sa.select(Room.number).where(Room.id == from_room_id))
    found = residents_of(session, list(stay_ids))
    before = _before(session, found) if kind == "changed" else {}
    told = [
        {
            "kind": kind,
            "stay_id": stay_id,
            "content": {"room": people[0].room, "guest": people[0].surname, "first_names": people[0].first_names}
            | ({} if left is None else {"from_room": left})
            | _people(people, before.get(stay_id)),
        }
        for stay_id, people in sorted(found.items())
    ]
    if told:
        _write(session, told)


def _before(session: Session, stay_ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Who lived in the room of each stay when there was news of it last."""
    last = sa.select(sa.func.max(News.id)).where(News.stay_id.in_(list(stay_ids)), News.kind.in_(OF_GUESTS))
    rows = session.execute(sa.select(News.stay_id, News.content).where(News.id.in_(last.group_by(News.stay_id))))
    return {row.stay_id: row.content.get("people", []) for row in rows if row.stay_id is not None}


def _people(people: Sequence[Resident], before: Sequence[dict[str, Any]] | None) -> dict[str, Any]:
    """Everybody in the room, and who came to live there or does so no more."""
    told: dict[str, Any] = {"people": [plain_of(each) for each in people]}
    if before is not None:
        sharers = {each.sharer for each in people}
        known = {each["sharer"] for each in before}
        told["joined"] = sorted(each for each in sharers - known if each is not None)
        told["left"] = [each for each in before if each["sharer"] not in sharers]
    return told


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


@ledger_signals.day_rolled.connect
def _on_audit_start(session: Session, **_: Any) -> None:
    tell(session, "audit_started", {})


@ledger_signals.day_closed.connect
def _on_audit_end(session: Session, **_: Any) -> None:
    tell(session, "audit_ended", {})
