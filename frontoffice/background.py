"""What works beside the pages while they are served: a module registers it here, and `serve` starts and stops it.

The work itself (jobs, lines to the outlets) stands with whoever registers it. It opens units of work of its own, and
must bear to be ended between two of them: a process may die at any time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from folios.db import SessionSource

log = logging.getLogger(__name__)


class Work(Protocol):
    """Something that goes on in a thread of its own."""

    def start(self) -> None:
        """Begins; returns at once."""

    def stop(self) -> None:
        """Ends soon; returns when it has ended. Also called when the start failed."""


@contextmanager
def signing(sign: Callable[[], object], every_s: float, name: str) -> Iterator[None]:
    """Has `sign()` called every so often, from a thread of its own, while one's own is busy for long."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(every_s):
            try:
                sign()
            except Exception:
                log.warning("%s: a sign of life could not be written", name, exc_info=True)

    thread = threading.Thread(target=beat, name=f"{name}-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


_registered: dict[str, Callable[[SessionSource], Work]] = {}


def register(name: str, make: Callable[[SessionSource], Work]) -> None:
    """Has `make(sessions)` started under a name whenever pages are served; the same name again replaces it."""
    _registered[name] = make


@contextmanager
def running(sessions: SessionSource) -> Iterator[None]:
    """Starts all that is registered and stops it afterwards, in the opposite order, whatever happens meanwhile."""
    started: list[tuple[str, Work]] = []
    try:
        for name, make in list(_registered.items()):
            work = make(sessions)
            started.append((name, work))
            work.start()
        yield
    finally:
        for name, work in reversed(started):
            try:
                work.stop()
            except Exception:
                log.exception("background work %s did not stop", name)
