"""The house as running links see it: `fias_links.seam.Hotel` over the hotel's database.

Every method opens and ends its own units of work. `answer` never raises a refusal but those of the database, which the
runtime answers with "retry later"; a handler that fails otherwise is reported and answered "retry later" too, for the
next record must find the link alive.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from folios.db import SessionSource, in_unit_of_work, reading
from pos_bridge import link_states, links
from pos_bridge.fias.records import Record
from pos_bridge.fias_desk import outbox, postings, resync
from pos_bridge.fias_desk.calls import taken_up
from pos_bridge.fias_desk.handlers import handle
from pos_bridge.fias_links.seam import Conversation, LinkFacts, LinkState, News, Snapshot


class Desk:
    """The hotel of one database."""

    def __init__(self, sessions: SessionSource) -> None:
        self.sessions = sessions

    def links(self) -> Sequence[LinkFacts]:
        """The links that are to run now."""
        with reading(self.sessions) as session:
            return links.to_run(session)

    def answer(self, link: Conversation, record: Record, received_at: datetime) -> list[Record]:
        """What is answered to a record of a vendor; stored before it is returned where it posts."""
        with reading(self.sessions) as session:
            call = taken_up(session, self.sessions, link, record, received_at)
            if call is not None and postings.posts(record):
                call = postings.looked_at(session, call)
        return [] if call is None else handle(call)

    def waiting(self) -> Collection[int]:
        """The links that have news."""
        with reading(self.sessions) as session:
            return outbox.waiting(session)

    def outgoing(self, link: Conversation, most: int) -> list[News]:
        """The oldest news that the link was not told, in order."""
        with reading(self.sessions) as session:
            return outbox.outgoing(session, link, most)

    def sent(self, link: Conversation, ids: Sequence[int], *, refused: bool = False) -> None:
        """These went out, or were refused for good: which the monitor shows, and the house goes on."""
        in_unit_of_work(self.sessions, lambda session: outbox.sent(session, link.facts.id, ids))

    def resync(self, link: Conversation) -> Snapshot:
        """Who is in which room."""
        with reading(self.sessions) as session:
            return resync.snapshot(session, link)

    def resynced(self, link: Conversation, up_to: int) -> None:
        """The resync went out: older news of who is where needs no telling."""
        in_unit_of_work(self.sessions, lambda session: outbox.replaced(session, link.facts.id, up_to))

    def resync_asked(self) -> Collection[int]:
        """The links that the desk asked a resync for, each told once."""
        with reading(self.sessions) as session:
            asked = link_states.resync_waits(session)
        return in_unit_of_work(self.sessions, link_states.take_resync_asked) if asked else ()

    def shows(self, states: Sequence[LinkState]) -> None:
        """Keeps states for the monitor. Refused (`DatabaseBusy`), the caller tries again with what came meanwhile."""
        in_unit_of_work(self.sessions, lambda session: link_states.keep(session, states))


def link_hotel(sessions: SessionSource) -> Desk:
    """The hotel of this database, for who runs its links."""
    return Desk(sessions)
