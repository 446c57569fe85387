"""Links on serial lines: pseudo-terminals with an outlet at the other end, and something between that spoils things."""

from __future__ import annotations

import os
import random
import select
import socket
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

import pytest
import serial
from serial.rfc2217 import PortManager

from pos_bridge.fias import serial_line
from pos_bridge.fias.link import LinkSettings
from pos_bridge.fias.records import Record, parse, write
from pos_bridge.fias.serial_line import Delivered, Event, Lost, Received, SerialLine, Write
from pos_bridge.fias_links.seam import SERIAL, LinkFacts
from pos_bridge.fias_links.worker import Links
from tests.pos_bridge.fias.line_hotel import START, FakeHotel, read, running, wait_for

PS = "PS|RN101|PTC|TA1250|P#4711|DA260501|TI120000|"


class Exchange:
    """An outlet at the end of a pseudo-terminal: a line of ours, run by a thread, that may lose, garble and delay."""

    def __init__(self, baud: int = 38_400, seed: int | None = None, spoils: float = 0.0, check: bool = True) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        tty.setraw(self.master)
        self.device = os.ttyname(self.slave)
        self.line = SerialLine(baud, check)
        self.chance, self.spoils = random.Random(seed), spoils
        self.lock = threading.RLock()
        self.heard: list[Record] = []
        self.ends: list[Event] = []
        self.deaf = False
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self.line.opened(time.monotonic() - 10)
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self.thread.join()
        os.close(self.master)
        os.close(self.slave)

    def _run(self) -> None:
        while not self.over.is_set():
            ready, _writable, _broken = select.select([self.master], [], [], 0.02)
            data = self._spoilt(os.read(self.master, 4096)) if ready else b""
            with self.lock:
                if not self.deaf:
                    self._do(self.line.receive(data, time.monotonic()))
                self._do(self.line.due(time.monotonic()))

    def _do(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Write(data):
                    spoilt = self._spoilt(data)
                    if spoilt:
                        os.write(self.master, spoilt)
                case Received(data):
                    self.heard.append(parse(data, "cp1252"))
                case Delivered() | Lost():
                    self.ends.append(event)

    def _spoilt(self, data: bytes) -> bytes:
        """At most one fault in what is written together, and never one that no check byte could find."""
        if not data or self.chance.random() >= self.spoils:
            return data
        time.sleep(self.chance.choice([0, 0.05, 0.2]))
        at = self.chance.randrange(len(data))
        garbled = bytes([data[at] ^ (0x80 | self.chance.randrange(0x80))])
        return data[:at] + self.chance.choice([b"", garbled]) + data[at + 1 :]

    def say(self, *texts: str) -> None:
        with self.lock:
            for text in texts:
                self._do(self.line.send(write(read(text), "cp1252"), time.monotonic()))

    def hear(self, id_: str, within_s: float = 40) -> Record:
        def found() -> bool:
            with self.lock:
                return any(record.id == id_ for record in self.heard)

        assert wait_for(found, within_s), f"no {id_} among {[str(each) for each in self.heard]}"
        with self.lock:
            while (record := self.heard.pop(0)).id != id_:
                pass
        return record

    def start(self) -> None:
        self.say("LS|DA260501|TI120000|")  # it speaks first; the hotel need not wait
        self.hear("LS")
        self.say(*START)
        self.hear("LA")


def a_line(device: str, **facts: object) -> LinkFacts:
    return LinkFacts(1, "L1", way=SERIAL, device=device, baud=38_400, settings=LinkSettings(end_wait_s=0.3), **facts)  # type: ignore


@contextmanager
def on_a_line(exchange: Exchange, **facts: object) -> Iterator[FakeHotel]:
    hotel = FakeHotel(a_line(exchange.device, **facts))
    with exchange, running(hotel):
        yield hotel


def test_an_exchange_starts_posts_and_ends() -> None:
    exchange = Exchange()
    with on_a_line(exchange) as hotel:
        exchange.start()
        exchange.say(PS)
        assert str(exchange.hear("PA")) == "PA|RN101|ASOK|P#4711|CTDONE|"
        exchange.say("LS|DA260501|TI120500|")
        exchange.hear("LA")
        exchange.say("LE|DA260501|TI120600|")
        exchange.hear("LE")
        exchange.start()  # and once more, on the same line
        exchange.say(PS)
        exchange.hear("PA")
    assert len(hotel.asked) == 2


def test_a_line_without_check_bytes_is_run_as_well() -> None:
    exchange = Exchange(check=False)
    with on_a_line(exchange, check=False):
        exchange.start()
        exchange.say(PS)
        assert exchange.hear("PA").get("P#") == "4711"


def test_the_hotel_speaks_first_where_nobody_else_does() -> None:
    exchange = Exchange()
    with on_a_line(exchange):
        exchange.hear("LS")
        exchange.say(*START)
        exchange.hear("LA")


def test_seven_bits_get_names_spelt_in_ascii() -> None:
    exchange = Exchange()
    with on_a_line(exchange, data_bits=7) as hotel:
        exchange.start()
        hotel.tell(1, "GI|RN1|GNMüller|")
        assert exchange.hear("GI").get("GN") == "Mueller"


def test_news_is_noted_when_it_was_acknowledged_and_goes_out_in_order() -> None:
    exchange = Exchange()
    with on_a_line(exchange) as hotel:
        exchange.start()
        hotel.tell(1, *[f"GI|RN{number}|G#{number}|" for number in range(20)])
        assert [exchange.hear("GI").get("RN") for _each in range(20)] == [str(number) for number in range(20)]
        assert wait_for(lambda: hotel.outbox == [])
        assert [id_ for id_, _refused in hotel.marked] == list(range(1, 21))


def test_news_that_nobody_acknowledges_waits_until_somebody_is_there_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_line, "ANSWER_S", 0.5)
    exchange = Exchange()
    with on_a_line(exchange) as hotel:
        exchange.start()
        with exchange.lock:
            exchange.deaf = True
        hotel.tell(1, "GI|RN1|G#1|")
        assert wait_for(lambda: any(each.startswith("out GI") for each in hotel.spoken))
        assert wait_for(lambda: hotel.states[1].phase == "down")  # an answer and three enquiries were missed
        assert hotel.marked == []
        with exchange.lock:
            exchange.deaf = False
        exchange.start()
        assert exchange.hear("GI").get("RN") == "1"
        assert wait_for(lambda: hotel.marked == [(1, False)])


def test_a_resync_goes_over_a_serial_line() -> None:
    exchange = Exchange()
    with on_a_line(exchange) as hotel:
        hotel.guests = [read(f"GI|RN{number}|G#{number}|SF|") for number in range(40)]
        exchange.start()
        exchange.say("DR|DA260501|TI120000|", PS)
        exchange.hear("DE")
        assert wait_for(lambda: hotel.replaced == [0])
        assert len(hotel.asked) == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_over_a_line_that_loses_garbles_and_delays_every_charge_is_answered_in_order(seed: int) -> None:
    exchange = Exchange(seed=seed)
    with on_a_line(exchange) as hotel:
        exchange.start()
        exchange.spoils = 0.08
        asked: list[str] = []
        for number in range(8):  # one after the other, each until it is answered, as a till does
            for _try in range(10):
                exchange.say(f"PS|RN1|P#{number}|TA100|")
                if wait_for(lambda number=number: answered(exchange, str(number)), 20):  # type: ignore[misc]
                    break
                if hotel.states[1].phase != "alive":
                    exchange.start()
            asked.append(str(number))
        arrived = [record.get("P#") for _id, record in hotel.asked if record.id == "PS"]
        assert list(dict.fromkeys(arrived)) == asked
        assert arrived == sorted(arrived)


def answered(exchange: Exchange, number: str) -> bool:
    with exchange.lock:
        return any(record.id == "PA" and record.get("P#") == number for record in exchange.heard)


def test_a_device_that_is_not_there_is_said_and_opened_when_it_is(tmp_path: object) -> None:
    exchange = Exchange()
    link = f"{tmp_path}/line"
    hotel = FakeHotel(a_line(link))
    links = Links(hotel)
    links.start()
    try:
        assert wait_for(lambda: 1 in hotel.states and hotel.states[1].trouble is not None)
        with exchange:
            os.symlink(exchange.device, link)
            assert wait_for(lambda: hotel.states[1].trouble is None)
            exchange.start()
            exchange.say(PS)
            exchange.hear("PA")
    finally:
        links.stop()


def test_a_device_that_is_pulled_out_is_opened_again() -> None:
    first, second = Exchange(), Exchange()
    link = f"/dev/shm/line-{os.getpid()}"
    hotel = FakeHotel(a_line(link))
    links = Links(hotel)
    try:
        with second:
            with first:
                os.symlink(first.device, link)
                links.start()
                first.start()
                os.unlink(link)
                os.symlink(second.device, link)
            assert wait_for(lambda: hotel.states[1].trouble is not None)
            second.start()
            second.say(PS)
            second.hear("PA")
    finally:
        links.stop()
        os.unlink(link)


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's own
@pytest.mark.parametrize("kind", ["socket", "rfc2217"])
def test_a_box_on_the_network_with_a_serial_port_is_a_line_as_well(kind: str) -> None:
    """What a terminal server of the network gives and takes are the bytes of its serial port."""
    exchange = Exchange()
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as box:
        wire = threading.Thread(target=BOXES[kind], args=(box, exchange, over), daemon=True)
        wire.start()
        hotel = FakeHotel(a_line(f"{kind}://127.0.0.1:{box.getsockname()[1]}"))
        with exchange:
            try:
                with running(hotel):
                    exchange.start()
                    exchange.say(PS)
                    assert exchange.hear("PA").get("P#") == "4711"
            finally:
                over.set()
                wire.join()


def plain_box(box: socket.socket, exchange: Exchange, over: threading.Event) -> None:
    """Carries bytes between a connection and the far end of the exchange's pseudo-terminal."""
    peer, _address = box.accept()
    with peer:
        while not over.is_set():
            ready, _writable, _broken = select.select([peer, exchange.slave], [], [], 0.05)
            if peer in ready:
                data = peer.recv(4096)
                if not data:
                    return
                os.write(exchange.slave, data)
            if exchange.slave in ready:
                peer.sendall(os.read(exchange.slave, 4096))


class PortOfTheBox(serial.Serial):
    """A pseudo-terminal has no lines but two, and RFC 2217 asks for all."""

    cts = dsr = ri = cd = property(lambda _self: True)

    def _update_rts_state(self) -> None: ...

    def _update_dtr_state(self) -> None: ...


class Told:
    """Where the port's manager writes what it has to say to the connection."""

    def __init__(self, peer: socket.socket) -> None:
        self.write = peer.sendall


def telnet_box(box: socket.socket, exchange: Exchange, over: threading.Event) -> None:
    """The same with the port's settings told over telnet (RFC 2217), as `ser2net` does."""
    peer, _address = box.accept()
    with peer, PortOfTheBox(exchange.device, timeout=0.02) as port:
        manager = PortManager(port, Told(peer), None)
        peer.settimeout(0.02)
        while not over.is_set():
            with suppress(TimeoutError):
                port.write(b"".join(manager.filter(peer.recv(1024))))
            data = port.read(port.in_waiting or 1)
            if data:
                peer.sendall(b"".join(manager.escape(data)))


BOXES = {"socket": plain_box, "rfc2217": telnet_box}
