"""Who has to wait after wrong keys, remembered in this process, so that guessing costs the database next to nothing.

The counting itself is a rule (`pos_bridge.terminals.count_wrong_key`). While an address has to wait, the database is
asked about its keys once a second at most; so a key that was given out just now may have to wait for a second there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from folios import clock
from pos_bridge.terminals import KeyDelayed

LOOKS_EVERY = timedelta(seconds=1)
MOST_WAITING = 10_000


class Waiting:
    """The addresses that this process knows to have to wait, and when it last looked whether they still do."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._looked_at = clock.now() - LOOKS_EVERY

    def refuse(self, network: str) -> None:
        """Refuses (`KeyDelayed`) an address that is known to wait, unless it is time to look again."""
        until, now = self._until.get(network), clock.now()
        if until is None or until <= now:
            return
        if now - self._looked_at >= LOOKS_EVERY:
            self._looked_at = now
            return
        raise KeyDelayed(seconds=max(1, -int((now - until).total_seconds() // 1)))

    def note(self, network: str, seconds: int) -> None:
        """Remembers that an address has to wait, and forgets those that had to."""
        now = clock.now()
        if len(self._until) >= MOST_WAITING:
            self._until = {each: until for each, until in list(self._until.items()) if until > now}
        if len(self._until) < MOST_WAITING:
            self._until[network] = now + timedelta(seconds=seconds)
