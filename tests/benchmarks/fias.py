"""FIAS: records cut out of a stream and read, beside the same by hand on bytes; a posting from PS to PA over TCP,
beside the core of the bridge alone and the floor of `pos`; what two hundred links cost that say nothing.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import sqlalchemy as sa

from folios import db, schema
from folios.models import Folio
from pos_bridge import links
from pos_bridge.charging import charge
from pos_bridge.fias.framing import FrameReader, frame
from pos_bridge.fias.records import parse, write
from pos_bridge.fias_links.worker import Links
from pos_bridge.link_hotel import link_hotel
from pos_bridge.requests import Sender
from tests.benchmarks.hotels import fresh_postgres, fresh_sqlite
from tests.benchmarks.measuring import Pair, in_turns
from tests.benchmarks.pos import by_hand
from tests.frontoffice.house import CLERK
from tests.pos_bridge.fias.line_hotel import free_port
from tests.pos_bridge.tills import Tills

CALL = b"PS|RN2781|TA1050|DA000915|TI123545|P#1729|DD004989920920|PCI|CTInternational|PTC|"
GUEST = "GI|RN2781|G#12345|GNMüller, Herr|GLGE|GV3|GGA123|GSN|SF|".encode("cp1252")
STREAM = (frame(CALL) + frame(GUEST)) * 50
PARSING_TARGET = 0.30
IDLE_LINKS = 200
START = (b"LD|V#1|IFPO|", b"LR|RIPA|FLASP#|", b"LA|")


def measure(server: str | None, quick: bool) -> Iterator[Pair]:
    """Records parsed per second, and parsed and written again; postings over TCP on both databases; links that idle."""
    rounds, seconds = (5, 0.2) if quick else (15, 0.5)
    engines: dict[str, Any] = {} if server is None else {"PostgreSQL": partial(fresh_postgres, server)}
    for name, fresh in (engines | {"SQLite": fresh_sqlite}).items():
        with fresh() as url:
            yield from _postings(name, url, rounds, seconds)
    yield Pair("records of FIAS read", "rate", *_beside(rounds, seconds, _ours, _by_hand), PARSING_TARGET)
    yield Pair("records of FIAS read and written", "rate", *_beside(rounds, seconds, _both, _both_by_hand))


def _beside(
    rounds: int, seconds: float, ours: Callable[[], int], floor: Callable[[], int]
) -> tuple[list[float], list[float]]:
    if ours() != floor():
        raise AssertionError("the two sides read another number of records")
    return in_turns(rounds, lambda: _rate(ours, seconds), lambda: _rate(floor, seconds))


def _rate(side: Callable[[], int], seconds: float) -> float:
    count, begun = 0, time.perf_counter()
    while (now := time.perf_counter()) < begun + seconds:
        count += side()
    return count / (now - begun)


def _ours() -> int:
    return len([parse(each, "cp1252") for each in FrameReader().feed(STREAM)])


def _both() -> int:
    return len([write(parse(each, "cp1252"), "cp1252") for each in FrameReader().feed(STREAM)])


def _by_hand() -> int:
    return len(_split(STREAM))


def _both_by_hand() -> int:
    return len(
        ["|".join([id_, *(code + value for code, value in rest), ""]).encode("cp1252") for id_, rest in _split(STREAM)]
    )


def _split(stream: bytes) -> list[tuple[str, list[tuple[str, str]]]]:
    """Frames that are known to be whole and clean, split at once."""
    found = []
    for data in stream[1:-1].split(b"\x03\x02"):
        id_, *fields = data.decode("cp1252").split("|")
        found.append((id_, [(each[:2], each[2:]) for each in fields if each]))
    return found


# --- from PS to PA ------------------------------------------------------------------------------------------------


class Till:
    """An outlet that waits for each answer, as fast as it can."""

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = FrameReader()
        self.hear()
        self.line.sendall(b"".join(frame(each) for each in START))
        self.hear()

    def hear(self) -> bytes:
        while not (found := self.reader.feed(self.line.recv(4096))):
            pass
        return found[0]

    def post(self, key: str) -> None:
        self.line.sendall(frame(f"PS|RN101|PTC|TA1200|P#{key}|C#{key}|DA260301|TI120000|".encode()))
        if not self.hear().startswith(b"PA|ASOK|"):
            raise AssertionError("a posting was refused")


def _postings(name: str, url: str, rounds: int, seconds: float) -> Iterator[Pair]:
    engine = db.open_engine(url)
    schema.upgrade(engine)
    tills = Tills(engine)
    tills.set_up()
    tills.arrive(20, room="101")
    tills.do(lambda session: session.execute(sa.update(Folio).values(house_limit_minor=None)))
    numbers = itertools.count(1)
    port = _add_link(tills, "T")
    floor, close = by_hand(url, tills)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        stack.callback(close)
        running = Links(link_hotel(tills.sessions))
        running.start()
        stack.callback(running.stop)
        till = _connected(port)
        stack.callback(till.line.close)

        def core(key: str) -> object:
            return charge(tills.sessions, Sender("BAR1"), f"core-{key}", tills.drinks("12.00", check_number=key))

        posted = partial(_posted, till.post, numbers, seconds)
        in_turns(1, posted, partial(_posted, core, numbers, seconds))
        yield Pair(
            f"PS to PA over TCP, {name}: beside the core alone",
            "rate",
            *in_turns(rounds, posted, partial(_posted, core, numbers, seconds)),
        )
        yield Pair(
            f"PS to PA over TCP, {name}: beside the floor",
            "rate",
            *in_turns(rounds, posted, partial(_posted, lambda key: floor(f"floor-{key}"), numbers, seconds)),
        )
        ports = [_add_link(tills, f"L{number}") for number in range(IDLE_LINKS)]
        for each in ports:
            stack.callback(_connected(each).line.close)
        idle = [_second_of_idleness() for _each in range(rounds)]
        yield Pair(
            f"processor time of {IDLE_LINKS} idle links, {name}, of that of the clock", "time", idle, [1.0] * rounds
        )


def _second_of_idleness() -> float:
    """Processor time that this process takes in a second, when nothing is said on any link."""
    begun, until = time.process_time(), time.perf_counter() + 1
    while (left := until - time.perf_counter()) > 0:
        time.sleep(left)
    return time.process_time() - begun


def _add_link(tills: Tills, code: str) -> int:
    port = free_port()
    tills.do(links.add_link, code=code, port=port, operator=CLERK)
    tills.do(lambda session: links.set_outlets(session, code, 1, {"": "BAR1"}, CLERK))
    return port


def _connected(port: int) -> Till:
    until = time.monotonic() + 60
    while True:
        try:
            return Till(port)
        except ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _posted(side: Callable[[str], object], numbers: Iterator[int], seconds: float) -> float:
    count, begun = 0, time.perf_counter()
    while (now := time.perf_counter()) < begun + seconds:
        side(str(next(numbers)))
        count += 1
    return count / (now - begun)
