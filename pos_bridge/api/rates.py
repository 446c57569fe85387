"""How often a terminal may ask: a bucket of tokens for each, in this process. A till that has gone mad harms nobody."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from folios.errors import N_, Refusal

BURST_S = 2
"""A bucket holds what comes in so many seconds."""


class TerminalTooFast(Refusal):
    """Params: `seconds` to wait."""

    code = "terminal.delayed"
    message = N_("This terminal asks too often. Wait {seconds} seconds, then send the same again.")


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Rates:
    """The buckets of all terminals. `per_s`: requests per second and terminal in the long run; 0: as many as come."""

    def __init__(self, per_s: int, now_s: Callable[[], float] = time.monotonic) -> None:
        self.per_s = per_s
        self._now_s = now_s
        self._buckets: dict[str, _Bucket] = {}
        self._lock = Lock()

    def take(self, terminal: str) -> None:
        """Takes a token of the terminal's. Refuses (`TerminalTooFast`) when there is none."""
        if not self.per_s:
            return
        most, now = float(self.per_s * BURST_S), self._now_s()
        with self._lock:
            bucket = self._buckets.setdefault(terminal, _Bucket(most, now))
            bucket.tokens = min(most, bucket.tokens + (now - bucket.filled_at) * self.per_s)
            bucket.filled_at = now
            if bucket.tokens < 1:
                raise TerminalTooFast(seconds=max(1, math.ceil((1 - bucket.tokens) / self.per_s)))
            bucket.tokens -= 1
