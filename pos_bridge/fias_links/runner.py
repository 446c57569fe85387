"""One running link: carries records between its line and the hotel, in a thread of its own.

The thread does one thing after the other: what arrived is answered before the next record is looked at, so an answer
is never overtaken by another to the same till. News and the records of a resync go out between answers, a few at a
time. Nothing that happens on one link is seen by another; whatever goes wrong, the thread goes on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextvars import copy_context
from dataclasses import replace
from datetime import datetime
from itertools import groupby, islice, takewhile
from typing import Final

from folios import clock
from folios.errors import DatabaseRefusal
from pos_bridge.fias.answers import retry_later
from pos_bridge.fias.link import Action, Alive, Close, Data, Down, Link, Phase, Resync, Send
from pos_bridge.fias.records import NotARecord, Record
from pos_bridge.fias.values import stamp
from pos_bridge.fias_links.dialects import dialect_of
from pos_bridge.fias_links.lines import (
    Arrived,
    Connected,
    Delivered,
    Gone,
    Happening,
    Line,
    LineTrouble,
    Refused,
    Unanswered,
)
from pos_bridge.fias_links.seam import IN, OUT, SERIAL, Hotel, LinkFacts, LinkState, News, Snapshot, Spoken
from pos_bridge.fias_links.serial_port import SerialPort
from pos_bridge.fias_links.tcp import TcpLine
from pos_bridge.requests import masked

log = logging.getLogger(__name__)

IDLE_S: Final = 0.25
BACK_OFF_S: Final = (1, 2, 5, 10, 20, 30)  # after the first time that there was no line, the second, ...
DATABASE_REST_S: Final = 1.0
NEWS_AT_ONCE: Final = 50
RESYNC_AT_ONCE: Final = 50
KEPT: Final = 200  # records for the monitor, between two looks at it
LONGEST: Final = 2500  # characters of one of them
SERIAL_REPEAT_S, SERIAL_END_S = 12.0, 3.0


class Runner:
    """A link that runs. `start` and `ask_to_stop`, `news`, `want_resync` and `state` may be called by other threads."""

    def __init__(self, facts: LinkFacts, hotel: Hotel) -> None:
        self._facts, self._hotel = facts, hotel
        self._dialect = dialect_of(facts)
        self._is_serial = facts.way == SERIAL
        settings = facts.settings
        if self._is_serial:
            repeat_s, end_s = max(settings.repeat_s, SERIAL_REPEAT_S), max(settings.end_wait_s, SERIAL_END_S)
            settings = replace(settings, repeat_s=repeat_s, end_wait_s=end_s)
        self.link: Link = self._dialect.link(settings)
        self.line: Line = SerialPort(facts) if self._is_serial else TcpLine(facts)
        language = copy_context()  # texts for the waiter are in the language that was chosen where links are run
        self._thread = threading.Thread(target=language.run, args=(self._run,), name=f"link-{facts.code}", daemon=True)
        self._stop, self._news_waits, self._resync_wanted = threading.Event(), threading.Event(), threading.Event()
        self._open = self._ending = False
        self._failures, self._open_again_at, self._rest_until = 0, 0.0, 0.0
        self._restart_at: float | None = None
        # Entries of the outbox on the line or just off it, in order: token, entry, and how it ended (refused or not).
        self._under_way: deque[tuple[int, int, bool | None]] = deque()
        self._token = 0
        self._resync: tuple[Snapshot, Iterator[Record]] | None = None
        self._replaced_up_to: int | None = None  # by a resync that went out and is not noted yet
        self._lock = threading.Lock()
        self._spoken: deque[Spoken] = deque(maxlen=KEPT)
        self._state = LinkState(facts.id, self.link.phase.value)
        self._changed = True

    # --- for the worker

    @property
    def facts(self) -> LinkFacts:
        """How the link is set up; also what handlers see."""
        return self._facts

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Has it end the link (LE) and the line; returns at once."""
        self._stop.set()

    def ended(self, wait_s: float = 0) -> bool:
        """Whether it has come to its end, after so long."""
        if self._thread.ident is not None:
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    def news(self) -> None:
        """There is something in the outbox."""
        self._news_waits.set()

    def want_resync(self) -> None:
        """Somebody at the desk wants the other side told anew who is in which room."""
        self._resync_wanted.set()

    def state(self, *, all_of_it: bool = False) -> LinkState | None:
        """How it stands; None when nothing changed since it was asked for last."""
        with self._lock:
            if not (self._changed or all_of_it):
                return None
            spoken, self._changed = tuple(self._spoken), False
            self._spoken.clear()
            return replace(self._state, spoken=spoken)

    # --- for handlers

    @property
    def description(self) -> Record | None:
        """Their LD."""
        return self.link.description

    def wants(self, id_: str) -> tuple[str, ...] | None:
        """The fields of a record that were asked for; None: it is not sent at all."""
        return self.link.wants(id_)

    def asks(self, id_: str, code: str) -> bool:
        """Whether a field of a record was asked for."""
        return self.link.asks(id_, code)

    # --- the thread

    def _run(self) -> None:
        while True:
            try:
                if self._turn():
                    break
            except Exception:
                log.exception("link %s met something unforeseen and goes on", self._facts.code)
                self._lose(None)
                self._stop.wait(1)
        self.line.close()
        self._shows(phase=Phase.CLOSED.value, peer=None)

    def _turn(self) -> bool:
        """One round of everything; whether it was the last."""
        try:
            if self._stop.is_set() and not self._ending:
                self._ending = True
                self._act(self.link.close(clock.now()))
            if self._ending and self.link.phase is Phase.CLOSED:
                return True
            if not self._opened():
                self._stop.wait(IDLE_S)
                return False
            for happening in self.line.poll(0 if self._busy() else IDLE_S):
                self._happened(happening)
            self._act(self.link.tick(clock.now()))
            self._start_anew()
            self._go_on_with_resync()
            self._send_news()
        except LineTrouble as trouble:
            self._lose(str(trouble.params.get("cause")))
        return False

    def _opened(self) -> bool:
        if self._open:
            return True
        if self._stop.is_set() or time.monotonic() < self._open_again_at:
            return False
        try:
            self.line.open()
        except LineTrouble as trouble:
            self._rest(str(trouble.params.get("cause")))
            return False
        self._open, self._failures = True, 0
        self._shows(trouble=None)
        return True

    def _lose(self, trouble: str | None) -> None:
        """The line itself is gone: it is opened again after a while, longer with each failure."""
        self._act(self.link.lost())
        self._forget_news()
        self.line.close()
        self._open = False
        self.line = SerialPort(self._facts) if self._is_serial else TcpLine(self._facts)
        self._rest(trouble)

    def _rest(self, trouble: str | None) -> None:
        self._open_again_at = time.monotonic() + BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        if self._failures == 0:
            log.warning("link %s has no line: %s", self._facts.code, trouble)
        self._failures += 1
        self._shows(phase=self.link.phase.value, trouble=trouble, peer=None)

    def _busy(self) -> bool:
        """Whether something is to be done that does not wait for the other side."""
        return self._resync is not None and self.line.has_room()

    # --- what happens on the line

    def _happened(self, happening: Happening) -> None:
        match happening:
            case Arrived(data):
                self._arrived(data)
            case Delivered(token):
                self._ended_news(token, refused=False)
            case Refused(token):
                self._ended_news(token, refused=True)
            case Connected(peer):
                self._shows(peer=peer, since=clock.now())
                if self._ending:
                    self.line.hang_up()
                    return
                self._restart_at = None
                self._act(self.link.connected(clock.now()))
            case Gone(why):
                log.info("link %s: the line is gone (%s)", self._facts.code, why)
                self._act(self.link.lost())
                self._forget_news()
                self._shows(phase=self.link.phase.value, peer=None, since=clock.now())
            case Unanswered():
                self._forget_news()
                self._act(self.link.unanswered(clock.now()))

    def _arrived(self, data: bytes) -> None:
        now = clock.now()
        try:
            record = self._dialect.read(data)
        except NotARecord:
            self._speaks(now, IN, data.decode("ascii", "replace"))
            return
        self._speaks(now, IN, str(record.without_secrets()))
        self._act(self.link.receive(record, now))

    def _act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Send(record):
                    self._send(record)
                case Data(record):
                    self._answer(record)
                case Resync():
                    self._begin_resync()
                case Alive():
                    self._news_waits.set()
                case Down():
                    self._break_off_resync()
                    self._forget_news()
                case Close():
                    self.line.hang_up()
                    self._shows(peer=None)
                    if self._is_serial and not self._ending:
                        self._restart_at = time.monotonic() + self.link.settings.repeat_s
        if actions:
            self._shows_agreement()

    def _start_anew(self) -> None:
        """A serial line has no new connection to begin with: after an end, the start is tried from time to time."""
        if self._restart_at is not None and self.link.phase is not Phase.CLOSED:
            self._restart_at = None
        elif self._restart_at is not None and time.monotonic() >= self._restart_at:
            self._restart_at = None
            self._act(self.link.connected(clock.now()))

    def _send(self, record: Record, token: int | None = None) -> bool:
        data = self._dialect.write(record)
        if data is None:
            return False
        self._speaks(clock.now(), OUT, str(record.without_secrets()))
        self.line.send(data, token)
        return True

    def _answer(self, record: Record) -> None:
        received_at = clock.now()
        try:
            answers = self._hotel.answer(self, record, received_at)
        except DatabaseRefusal as refusal:
            log.warning("link %s: %s is to be sent again: %s", self._facts.code, record.id, refusal)
            answers = self._later(record)
        except Exception:
            log.exception("link %s: %s could not be answered", self._facts.code, record.id)
            answers = self._later(record)
        for answer in answers:
            shaped = self.link.shape(answer)
            if shaped is not None:
                self._send(shaped)

    @staticmethod
    def _later(record: Record) -> list[Record]:
        answer = retry_later(record)
        return [] if answer is None else [answer]

    # --- news

    def _send_news(self) -> None:
        if time.monotonic() < self._rest_until:
            return
        try:
            self._replace_news()
            self._mark()
            if self._may_send_news():
                self._news_waits.clear()
                self._put_out(self._hotel.outgoing(self, 1 if self._is_serial else NEWS_AT_ONCE))
                self._mark()
        except DatabaseRefusal as refusal:
            log.warning("link %s: news waits: %s", self._facts.code, refusal)
            self._news_waits.set()
            self._rest_until = time.monotonic() + DATABASE_REST_S

    def _may_send_news(self) -> bool:
        ready = self._news_waits.is_set() and self.link.phase is Phase.ALIVE and self._resync is None
        return ready and not self._under_way and self.line.has_room()

    def _put_out(self, found: list[News]) -> None:
        if found:
            self._news_waits.set()  # there may be more
        for news in found:
            shaped = [each for record in news.records if (each := self.link.shape(record)) is not None]
            last = len(shaped) - 1
            self._token += 1
            self._under_way.append((self._token, news.id, None))
            sent = [self._send(each, self._token if number == last else None) for number, each in enumerate(shaped)]
            if not (sent and sent[-1]):  # the other side asked for nothing of it
                self._ended_news(self._token, refused=False)

    def _ended_news(self, token: int, *, refused: bool) -> None:
        self._under_way = deque(
            (each, entry, refused if each == token else end) for each, entry, end in self._under_way
        )

    def _mark(self) -> None:
        """Notes what has ended, in order; one that is still on the line holds up those behind it."""
        for refused, ended in groupby(list(self._under_way), lambda each: each[2]):
            if refused is None:
                return
            ids = [entry for _token, entry, _end in ended]
            self._hotel.sent(self, ids, refused=refused)
            for _id in ids:
                self._under_way.popleft()

    def _forget_news(self) -> None:
        """What was under way is not known to have arrived: it is sent again when the link is alive again."""
        self._under_way = deque(takewhile(lambda each: each[2] is not None, self._under_way))

    # --- resync

    def _begin_resync(self) -> None:
        try:
            snapshot = self._hotel.resync(self)
        except DatabaseRefusal as refusal:
            log.warning("link %s: the resync waits: %s", self._facts.code, refusal)
            self._end_resync()
            self._resync_wanted.set()
            self._rest_until = time.monotonic() + DATABASE_REST_S
            return
        self._resync = (snapshot, iter(snapshot.records))
        self._send(self._stamped("DS"))

    def _go_on_with_resync(self) -> None:
        if self._resync_wanted.is_set() and time.monotonic() >= self._rest_until:
            self._resync_wanted.clear()
            if self.link.phase is Phase.ALIVE and not self.link.resyncing:
                self.link.resyncing = True
                self._begin_resync()
        if self._resync is None or not self.line.has_room():
            return
        snapshot, records = self._resync
        try:
            drawn = list(islice(records, 1 if self._is_serial else RESYNC_AT_ONCE))
            for record in drawn:
                shaped = self.link.shape(record)
                if shaped is not None:
                    self._send(shaped)
            if not drawn:
                self._send(self._stamped("DE"))
                self._end_resync()
                self._replaced_up_to = snapshot.up_to
        except DatabaseRefusal as refusal:  # while drawing: it was not told to its end, and begins again
            log.warning("link %s: the resync broke off: %s", self._facts.code, refusal)
            self._end_resync()
            self._resync_wanted.set()
            self._rest_until = time.monotonic() + DATABASE_REST_S

    def _replace_news(self) -> None:
        if self._replaced_up_to is not None:
            self._hotel.resynced(self, self._replaced_up_to)
            self._replaced_up_to = None

    def _break_off_resync(self) -> None:
        if self._resync is not None:
            records = self._resync[1]
            if isinstance(records, Generator):
                records.close()
            self._resync = None

    def _end_resync(self) -> None:
        self._break_off_resync()
        self.link.resynced(clock.now())
        self._news_waits.set()
        self._shows_agreement()

    def _stamped(self, id_: str) -> Record:
        return Record(id_, stamp(clock.now().astimezone(self.link.settings.zone)))

    # --- what is shown

    def _speaks(self, at: datetime, way: str, text: str) -> None:
        spoken = Spoken(at, way, (masked(text) or "")[:LONGEST])
        with self._lock:
            self._spoken.append(spoken)
        self._shows(**{"heard_at" if way == IN else "sent_at": at})

    def _shows_agreement(self) -> None:
        link = self.link
        self._shows(
            phase=link.phase.value,
            description=None if link.description is None else str(link.description.without_secrets()),
            lists=tuple(link.lists.items()),
            refused_lists=tuple(str(each)[:LONGEST] for each in link.refused_lists),
            resyncing=link.resyncing,
        )

    def _shows(self, **facts: object) -> None:
        with self._lock:
            self._state = replace(self._state, dropped_bytes=self.line.dropped, **facts)  # type: ignore[arg-type]
            self._changed = True
