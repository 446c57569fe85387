"""Keys that are none, counted by the address they come from, so that guessing is slow and costs next to nothing.

Twenty of them in ten minutes are written; after that the address is told to wait, and nothing is written any more, nor
is the database asked about each of them: each process remembers who waits. Who has a key that is one is never held up
by what others try from the same address: that is asked first. A key that was given out just now may have to wait for a
second, for so long such a process does not look again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.db import SessionSource, in_unit_of_work
from folios.errors import N_, Refusal
from pos_bridge.models.outlets import WrongKey

MOST = 20
COUNTED_FOR = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)
LOOKS_EVERY = timedelta(seconds=1)
MOST_WAITING = 10_000


class KeyGuessing(Refusal):
    """Params: `seconds` to wait."""

    code = "terminal_key.delayed"
    message = N_("Too many wrong keys came from this address. Wait {seconds} seconds, then try again.")


class Waiting:
    """The addresses that this process knows to have to wait, and when it last looked whether they still do."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._looked_at = clock.now() - LOOKS_EVERY

    def refuse(self, network: str) -> None:
        """Refuses (`KeyGuessing`) an address that is known to wait, unless it is time to look again."""
        until, now = self._until.get(network), clock.now()
        if until is None or until <= now:
            return
        if now - self._looked_at >= LOOKS_EVERY:
            self._looked_at = now
            return
        raise KeyGuessing(seconds=_seconds_until(until, now))

    def note(self, network: str, seconds: int) -> None:
        """Remembers that an address has to wait, and forgets those that had to."""
        now = clock.now()
        if len(self._until) >= MOST_WAITING:
            self._until = {each: until for each, until in list(self._until.items()) if until > now}
        if len(self._until) < MOST_WAITING:
            self._until[network] = now + timedelta(seconds=seconds)


def refuse_guessing(session: Session, network: str) -> None:
    """Refuses (`KeyGuessing`) an address that has tried too many wrong keys. One statement, which only reads."""
    now = clock.now()
    tried = sa.select(WrongKey.at).where(WrongKey.address == network, WrongKey.at > now - COUNTED_FOR)
    first_that_counts = session.scalar(tried.order_by(WrongKey.at.desc()).offset(MOST - 1).limit(1))
    if first_that_counts is not None:
        raise KeyGuessing(seconds=_seconds_until(first_that_counts + COUNTED_FOR, now))


def note(sessions: SessionSource, network: str) -> None:
    """Writes one more wrong key of an address, and forgets what is long past. In a unit of work of its own."""

    def write(session: Session) -> None:
        now = clock.now()
        session.execute(sa.delete(WrongKey).where(WrongKey.at < now - KEPT_FOR))
        session.add(WrongKey(address=network, at=now))

    in_unit_of_work(sessions, write)


def _seconds_until(moment: datetime, now: datetime) -> int:
    """Whole seconds, rounded up; at least one."""
    return max(1, -int((now - moment).total_seconds() // 1))
