"""Links as they were found last: written by who runs them, read by the monitor, which asks for a resync here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal
from folios.events import record
from frontoffice.language import gettext as _
from pos_bridge.fias_links.seam import LinkState as Shown
from pos_bridge.links import get_link
from pos_bridge.models.links import Link, LinkState
from pos_bridge.monitor import unreadable

MOST_SPOKEN = 60


class LinkNotUp(Refusal):
    code = "link.not_up"
    message = N_("Link {link} is not connected. A resync follows by itself when the other side asks for one.")


@dataclass(frozen=True, slots=True)
class Known:
    """A link with its state. `unseen`: nobody has run it yet."""

    row: Link
    state: LinkState
    unseen: bool

    @property
    def phase(self) -> str:
        """`off`, `not_run`, or the phase it is in."""
        if not self.row.active:
            return "off"
        return "not_run" if self.unseen else self.state.phase

    @property
    def is_up(self) -> bool:
        """Whether records go both ways now."""
        return self.phase == "alive"


def keep(session: Session, states: Sequence[Shown]) -> None:
    """Writes states as they were found; what was said is put behind what is kept, of which the last 60 stay."""
    rows = {
        row.link_id: row
        for row in session.scalars(sa.select(LinkState).where(LinkState.link_id.in_([each.link_id for each in states])))
    }
    for each in states:
        row = rows.get(each.link_id)
        if row is None:
            continue
        for name in ("phase", "since", "resyncing", "dropped_bytes", "description"):
            setattr(row, name, getattr(each, name))
        row.heard_at, row.sent_at = each.heard_at or row.heard_at, each.sent_at or row.sent_at
        row.peer = None if each.peer is None else each.peer[:100]
        row.trouble = None if each.trouble is None else each.trouble[:200]
        row.lists = [[id_, list(fields)] for id_, fields in each.lists]
        row.refused_lists = list(each.refused_lists)
        row.shown_at = clock.now()
        said = [[spoken.at.isoformat(), spoken.way, unreadable(spoken.text)] for spoken in each.spoken]
        row.spoken = [*row.spoken, *said][-MOST_SPOKEN:]


def known_links(session: Session) -> list[Known]:
    """Every link with its state, those that are on first."""
    rows = session.execute(
        sa.select(Link, LinkState).join(LinkState, LinkState.link_id == Link.id).order_by(Link.active.desc(), Link.code)
    )
    return [_known(link, state) for link, state in rows]


def known_link(session: Session, code: str) -> Known:
    """A link with its state. Refuses `LinkUnknown`."""
    link = get_link(session, code)
    return _known(link, session.get_one(LinkState, link.id))


def _known(link: Link, state: LinkState) -> Known:
    return Known(link, state, state.shown_at is None)


def status(session: Session) -> str | None:
    """Which links that are on and once were up are down, for the top bar. One statement."""
    codes = list(session.scalars(_DOWN))
    return _("Link down: {links}", links=", ".join(codes[:3]) + ("…" if len(codes) > 3 else "")) if codes else None


# Every page asks this: put together once.
_DOWN = (
    sa.select(Link.code)
    .join(LinkState, LinkState.link_id == Link.id)
    .where(Link.active, LinkState.phase != "alive", LinkState.heard_at.is_not(None))
    .order_by(Link.code)
)


def ask_resync(session: Session, code: str, operator: str) -> None:
    """Asks for a resync of a link; it begins within a second. Refuses (`LinkNotUp`) one that is not alive."""
    known = known_link(session, code)
    if known.state.phase != "alive" or not known.row.active:
        raise LinkNotUp(link=code)
    known.state.resync_asked = True
    session.flush()
    record(session, "link.resync.asked", f"link:{code}", operator)


def resync_waits(session: Session) -> bool:
    """Whether a resync was asked for that nobody has taken up."""
    return session.scalar(sa.select(LinkState.link_id).where(LinkState.resync_asked).limit(1)) is not None


def take_resync_asked(session: Session) -> Collection[int]:
    """The links a resync was asked for, each once."""
    taken = sa.update(LinkState).where(LinkState.resync_asked).values(resync_asked=False)
    return set(session.scalars(taken.returning(LinkState.link_id).execution_options(synchronize_session=False)))
