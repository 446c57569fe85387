"""A hotel behind links that keeps all in memory, and the outlet at the other end of TCP: to test what lies between."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from folios.errors import DatabaseGone
from pos_bridge.fias.framing import FrameReader, frame
from pos_bridge.fias.link import LinkSettings
from pos_bridge.fias.records import Record, parse, write
from pos_bridge.fias_links.seam import Conversation, LinkFacts, LinkState, News, Snapshot
from pos_bridge.fias_links.worker import Links

PATIENCE_S = 30.0
START = ("LD|DA260501|TI120000|V#1.0|IFPO|", "LR|RIGI|FLRNG#GNGSSF|", "LR|RIGO|FLRNG#SF|", "LA|DA260501|TI120000|")


class FakeHotel:
    """Answers every PS by PA, refuses what the test tells it to, and notes what it was asked."""

    def __init__(self, *links: LinkFacts) -> None:
        self.set_up = list(links)
        self.lock = threading.Lock()
        self.asked: list[tuple[int, Record]] = []
        self.outbox: list[tuple[int, News]] = []  # link and entry
        self.marked: list[tuple[int, bool]] = []
        self.replaced: list[int] = []
        self.states: dict[int, LinkState] = {}
        self.spoken: list[str] = []
        self.resyncs: set[int] = set()
        self.guests: Sequence[Record] = ()
        self.database_gone = False
        self.takes_s = 0.0
        self.on_answer: Callable[[Record], list[Record] | None] = lambda _record: None

    def links(self) -> Sequence[LinkFacts]:
        self._there()
        return list(self.set_up)

    def answer(self, link: Conversation, record: Record, received_at: datetime) -> list[Record]:
        self._there()
        time.sleep(self.takes_s)
        with self.lock:
            self.asked.append((link.facts.id, record))
        answer = self.on_answer(record)
        if answer is not None:
            return answer
        if record.id != "PS":
            return []
        return [Record("PA", (("RN", record.get("RN")), ("AS", "OK"), ("P#", record.get("P#")), ("CT", "DONE")))]

    def waiting(self) -> Collection[int]:
        self._there()
        with self.lock:
            return {id_ for id_, _news in self.outbox}

    def outgoing(self, link: Conversation, most: int) -> list[News]:
        self._there()
        with self.lock:
            return [news for id_, news in self.outbox if id_ == link.facts.id][:most]

    def sent(self, link: Conversation, ids: Sequence[int], *, refused: bool = False) -> None:
        self._there()
        with self.lock:
            self.marked += [(each, refused) for each in ids]
            self.outbox = [each for each in self.outbox if each[1].id not in ids]

    def resync(self, link: Conversation) -> Snapshot:
        self._there()
        with self.lock:
            return Snapshot(iter(self.guests), max((news.id for _id, news in self.outbox), default=0))

    def resynced(self, link: Conversation, up_to: int) -> None:
        self._there()
        with self.lock:
            self.replaced.append(up_to)
            self.outbox = [each for each in self.outbox if each[1].id > up_to]

    def resync_asked(self) -> Collection[int]:
        self._there()
        asked, self.resyncs = self.resyncs, set()
        return asked

    def shows(self, states: Sequence[LinkState]) -> None:
        self._there()
        for state in states:
            self.states[state.link_id] = state
            self.spoken += [f"{each.way} {each.text}" for each in state.spoken]

    def tell(self, link_id: int, *texts: str) -> None:
        """Puts each record into the outbox as an entry of its own."""
        with self.lock:
            for text in texts:
                number = len(self.outbox) + len(self.marked) + 1
                self.outbox.append((link_id, News(number, (read(text),))))

    def _there(self) -> None:
        if self.database_gone:
            raise DatabaseGone


class Outlet:
    """The other side of a TCP link, as a till is: it connects, and says and hears what the test wants."""

    def __init__(self, port: int, encoding: str = "cp1252") -> None:
        self.line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.encoding = encoding
        self.reader = FrameReader()
        self.heard: list[Record] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.line.close()

    def say(self, *texts: str) -> None:
        self.line.sendall(b"".join(frame(write(read(text), self.encoding)) for text in texts))

    def start(self, *texts: str) -> None:
        """Brings the link to life."""
        assert self.hear().id == "LS"
        self.say(*(texts or START))
        assert self.hear().id == "LA"

    def hear(self, id_: str | None = None, within_s: float = PATIENCE_S) -> Record:
        """The next record, or the next of an id; what comes before is passed over then."""
        until = time.monotonic() + within_s
        while True:
            while self.heard:
                record = self.heard.pop(0)
                if id_ is None or record.id == id_:
                    return record
            self.line.settimeout(max(until - time.monotonic(), 0.001))
            try:
                data = self.line.recv(65_536)
            except TimeoutError:
                raise AssertionError(f"nothing was heard of {id_ or 'the hotel'}") from None
            if not data:
                raise EOFError
            self.heard += [parse(each, self.encoding) for each in self.reader.feed(data)]

    def hears_nothing(self, within_s: float = 0.5) -> bool:
        try:
            record = self.hear(within_s=within_s)
        except AssertionError:
            return True
        self.heard.insert(0, record)
        return False

    def is_hung_up(self, within_s: float = PATIENCE_S) -> bool:
        try:
            while True:
                self.hear(within_s=within_s)
        except (EOFError, ConnectionError):
            return True
        except AssertionError:
            return False


def read(text: str) -> Record:
    return parse(text.encode("utf-8"), "utf-8")


_given: set[int] = set()


def free_port() -> int:
    """A port that is free, and is given to nobody twice."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port


def a_link(id_: int = 1, **facts: object) -> LinkFacts:
    settings = facts.pop("settings", LinkSettings(end_wait_s=0.5))
    return LinkFacts(id_, f"L{id_}", port=free_port(), settings=settings, **facts)  # type: ignore[arg-type]


@contextmanager
def running(hotel: FakeHotel) -> Iterator[Links]:
    """The links of a hotel, listening."""
    links = Links(hotel)
    links.start()
    try:
        for facts in hotel.set_up:
            if facts.way == "tcp":
                assert wait_for(lambda port=facts.port: listens(port)), "nobody listens"
        yield links
    finally:
        links.stop()


def listens(port: int) -> bool:
    """Whether somebody has bound the port; nobody is connected to for that."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that ended are nobody
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def wait_for(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.01)
    return condition()
