"""The outbox of the links: the news of the house, each made into records when its turn comes, as the link asks for it.

A link keeps its place in the news; what it was told moves the place on, in order, once. What tells who is in which room
and is older than a resync is passed over, for the resync has told it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from pos_bridge import news
from pos_bridge.fias import values
from pos_bridge.fias.records import Record, record
from pos_bridge.fias_desk.calls import guest_number
from pos_bridge.fias_desk.guests import told_of
from pos_bridge.fias_links.seam import Conversation
from pos_bridge.fias_links.seam import News as Entry
from pos_bridge.models.links import Link, LinkState
from pos_bridge.models.messages import News
from pos_bridge.residents import Resident, of_plain

AUDITS_TOLD = timedelta(days=1)
"""A link that was away for longer is not told of audits that are long over."""


def waiting(session: Session) -> Collection[int]:
    """The links that have news. One statement."""
    place = sa.tuple_(LinkState.seen_turn, LinkState.seen_id)
    has_news = (
        sa.select(News.id)
        .where(sa.tuple_(News.turn, News.id) > place, _for(LinkState.link_id), news.settled(session))
        .where(sa.or_(News.kind.not_in(news.OF_GUESTS), _after_resync()))
        .correlate(LinkState)
        .exists()
    )
    on = sa.select(LinkState.link_id).join(Link, Link.id == LinkState.link_id).where(Link.active, has_news)
    return set(session.scalars(on))


def outgoing(session: Session, link: Conversation, most: int) -> list[Entry]:
    """The oldest news that the link was not told, in order."""
    state = session.get(LinkState, link.facts.id)
    if state is None:
        return []
    wanted = news.after(session, state.seen_turn, state.seen_id).where(_for(sa.literal(link.facts.id)))
    replaced = sa.tuple_(News.turn, News.id) > sa.tuple_(state.replaced_turn, state.replaced_id)
    rows = session.scalars(wanted.where(sa.or_(News.kind.not_in(news.OF_GUESTS), replaced)).limit(most))
    return [Entry(row.id, tuple(records_of(link, row))) for row in rows]


def sent(session: Session, link_id: int, ids: Sequence[int]) -> None:
    """These went out: the link's place is behind the last of them."""
    last = session.execute(
        sa.select(News.turn, News.id).where(News.id.in_(ids)).order_by(News.turn.desc(), News.id.desc()).limit(1)
    ).first()
    if last is None:
        return
    further = sa.tuple_(LinkState.seen_turn, LinkState.seen_id) < sa.tuple_(last.turn, last.id)
    moved = sa.update(LinkState).where(LinkState.link_id == link_id, further)
    session.execute(moved.values(seen_turn=last.turn, seen_id=last.id).execution_options(synchronize_session=False))


def replaced(session: Session, link_id: int, up_to: int) -> None:
    """A resync went out: news up to here that tells who is where needs no telling any more."""
    last = session.execute(sa.select(News.turn, News.id).where(News.id == up_to)).first()
    if last is not None:
        changed = sa.update(LinkState).where(LinkState.link_id == link_id)
        session.execute(
            changed.values(replaced_turn=last.turn, replaced_id=last.id).execution_options(synchronize_session=False)
        )


def _for(link_id: Any) -> sa.ColumnElement[bool]:
    return sa.or_(News.link_id.is_(None), News.link_id == link_id)


def _after_resync() -> sa.ColumnElement[bool]:
    return sa.tuple_(News.turn, News.id) > sa.tuple_(LinkState.replaced_turn, LinkState.replaced_id)


# --- news as records ------------------------------------------------------------------------------------------


def records_of(link: Conversation, row: News) -> Iterator[Record]:
    """What a link is told of an entry; the link cuts off what was not asked for."""
    make = _MAKERS.get(row.kind)
    return iter(()) if make is None else make(link, row)


def by_guest(link: Conversation) -> bool:
    """Whether a link knows guests by their numbers; else it knows rooms alone."""
    return any(link.asks(id_, "G#") for id_ in ("GI", "GO", "GC"))


def shared(resident: Resident) -> str:
    """GS: whether somebody shares the room of another."""
    return "N" if resident.sharer is None else "Y"


def guest_in(resident: Resident, room: str | None = None, *, resync: bool = False) -> Record:
    """GI."""
    return record(
        "GI",
        [
            ("RN", room or resident.room),
            ("G#", guest_number(resident.stay_id, resident.sharer)),
            ("GS", shared(resident)),
            *told_of(resident),
            ("SF", "" if resync else None),
        ],
    )


def guest_out(resident: Resident, room: str | None = None) -> Record:
    """GO, which never names anybody."""
    number = guest_number(resident.stay_id, resident.sharer)
    return record("GO", [("RN", room or resident.room), ("G#", number), ("GS", shared(resident))])


def _people(link: Conversation, row: News) -> list[Resident]:
    people = [of_plain(each) for each in row.content.get("people", [])]
    return people if by_guest(link) else people[:1]


def _checked_in(link: Conversation, row: News) -> Iterator[Record]:
    return (guest_in(each) for each in _people(link, row))


def _checked_out(link: Conversation, row: News) -> Iterator[Record]:
    return (guest_out(each) for each in reversed(_people(link, row)))


def _moved(link: Conversation, row: News) -> Iterator[Record]:
    left = row.content.get("from_room")
    people = _people(link, row)
    if not (by_guest(link) and link.asks("GC", "RO")):
        yield from (guest_out(each, left) for each in reversed(people))
        yield from (guest_in(each) for each in people)
        return
    for place, each in enumerate(people, start=1):
        number = guest_number(each.stay_id, each.sharer)
        stays_behind = "N" if place == len(people) else "Y"  # whether somebody shares the room that is left
        fields = [("RN", each.room), ("GS", shared(each)), ("G#", number), *told_of(each)]
        yield record("GC", [*fields, ("RO", left), ("GS", stays_behind)])


def _changed(link: Conversation, row: News) -> Iterator[Record]:
    joined = set(row.content.get("joined", ()))
    if by_guest(link):
        yield from (guest_out(of_plain(each)) for each in row.content.get("left", ()))
    for each in _people(link, row):
        if each.sharer in joined:
            yield guest_in(each)
        else:
            number = guest_number(each.stay_id, each.sharer)
            yield record("GC", [("RN", each.room), ("G#", number), ("GS", shared(each)), *told_of(each)])


def _audit(id_: str) -> Callable[[Conversation, News], Iterator[Record]]:
    def make(link: Conversation, row: News) -> Iterator[Record]:
        if clock.now() - row.at < AUDITS_TOLD:
            yield record(id_, values.stamp(row.at.astimezone(link.facts.settings.zone)))

    return make


def _plain(id_: str) -> Callable[[Conversation, News], Iterator[Record]]:
    """News whose fields stand in it as they are sent."""

    def make(link: Conversation, row: News) -> Iterator[Record]:
        yield record(id_, [(code, value) for code, value in row.content["fields"]])

    return make


_MAKERS: dict[str, Callable[[Conversation, News], Iterator[Record]]] = {
    "checked_in": _checked_in,
    "checked_out": _checked_out,
    "moved": _moved,
    "changed": _changed,
    "audit_started": _audit("NS"),
    "audit_ended": _audit("NE"),
    "wake_up_set": _plain("WR"),
    "wake_up_cleared": _plain("WC"),
    "message": _plain("XL"),
    "message_deleted": _plain("XD"),
    "sign": _plain("RE"),
    "key": _plain("KR"),
    "key_deleted": _plain("KD"),
}
