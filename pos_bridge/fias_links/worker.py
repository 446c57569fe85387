"""Runs a property's links: starts those that are set up, ends those that are no more, tells the monitor of them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from typing import Final

from folios.errors import DatabaseRefusal
from pos_bridge.fias_links.runner import Runner
from pos_bridge.fias_links.seam import Hotel, LinkState

log = logging.getLogger(__name__)

LOOK_S: Final = 0.5  # how often the outbox is looked at
LINKS_S, SHOW_S = 3.0, 1.0
ALL_S: Final = 30.0  # how often the monitor is told that a link still runs
STOP_S: Final = 15.0


class Links:
    """The links of a property, run until stopped."""

    def __init__(self, hotel: Hotel) -> None:
        self._hotel = hotel
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._ending: list[Runner] = []
        self._unshown: dict[int, LinkState] = {}
        self._all_at = 0.0
        self.running: dict[int, Runner] = {}

    def start(self) -> None:
        """Begins beside whatever else the process does."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=copy_context().run, args=(self.run,), name="links", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = STOP_S) -> None:
        """Ends every link with LE, and waits for that."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None

    def ask_to_stop(self) -> None:
        """Has it end; returns at once. A signal may call this."""
        self._stop.set()

    def run(self) -> None:
        """Goes on until it is asked to stop; then every link is ended, and it returns."""
        links_at = show_at = 0.0
        while not self._stop.is_set():
            now = time.monotonic()
            if now >= links_at:
                links_at = now + LINKS_S
                self._safely(self._set_up)
            self._safely(self._wake)
            if now >= show_at:
                show_at = now + SHOW_S
                self._safely(self._show)
            self._stop.wait(LOOK_S)
        self._end_all()

    @staticmethod
    def _safely(work: Callable[[], None]) -> None:
        try:
            work()
        except DatabaseRefusal as refusal:
            log.warning("links: %s", refusal)
        except Exception:
            log.exception("links met something unforeseen and go on")

    def _set_up(self) -> None:
        """What runs becomes what is set up. A link that was changed is ended first; its port is free afterwards."""
        self._ending = [runner for runner in self._ending if not runner.ended()]
        wanted = {facts.id: facts for facts in self._hotel.links()}
        for id_, runner in list(self.running.items()):
            if wanted.get(id_) != runner.facts:
                runner.ask_to_stop()
                self._ending.append(self.running.pop(id_))
        busy = {runner.facts.id for runner in self._ending}
        for id_, facts in wanted.items():
            if id_ not in self.running and id_ not in busy:
                runner = self.running[id_] = Runner(facts, self._hotel)
                runner.start()

    def _wake(self) -> None:
        for id_ in self._hotel.waiting():
            if id_ in self.running:
                self.running[id_].news()
        for id_ in self._hotel.resync_asked():
            if id_ in self.running:
                self.running[id_].want_resync()

    def _show(self) -> None:
        """What could not be shown, since the database was away, is shown with what came after it."""
        all_of_it = time.monotonic() >= self._all_at
        if all_of_it:
            self._all_at = time.monotonic() + ALL_S
        for runner in (*self._ending, *self.running.values()):
            state = runner.state(all_of_it=all_of_it)
            if state is not None:
                before = self._unshown.get(state.link_id)
                spoken = state.spoken if before is None else (*before.spoken, *state.spoken)
                self._unshown[state.link_id] = replace(state, spoken=spoken[-200:])
        if self._unshown:
            self._hotel.shows(list(self._unshown.values()))
            self._unshown.clear()

    def _end_all(self) -> None:
        for runner in self.running.values():
            runner.ask_to_stop()
        self._ending += self.running.values()
        until = time.monotonic() + STOP_S
        for runner in self._ending:
            if not runner.ended(max(until - time.monotonic(), 0.1)):
                log.warning("link %s did not end in time", runner.facts.code)
        self._safely(self._show)
        self.running.clear()
        self._ending.clear()
