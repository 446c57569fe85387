"""A link's serial line: a device of this machine, or a box on the network that has one, opened by its address.

Who acknowledges what and when stands in `pos_bridge.fias.serial_line`; here its events are done.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from typing import Any, Final

import serial

from pos_bridge.fias import serial_line
from pos_bridge.fias.framing import MOST_BYTES
from pos_bridge.fias.serial_line import SerialLine, flight_s
from pos_bridge.fias_links.lines import (
    Arrived,
    Connected,
    Delivered,
    Happening,
    LineTrouble,
    Refused,
    Unanswered,
    said,
)
from pos_bridge.fias_links.seam import LinkFacts

TICK_S: Final = 0.1
READ_BYTES: Final = 4096
ROOM: Final = 4  # records that may wait before only answers are sent


class SerialPort:
    """The serial line of a link. It counts as connected from the moment the port is open."""

    def __init__(self, facts: LinkFacts) -> None:
        self.facts = facts
        self._line = SerialLine(facts.baud, facts.check)
        self._port: Any = None
        self._tokens: deque[int | None] = deque()  # of the records whose end has not been told, in order
        self._told: list[Happening] = []

    @property
    def dropped(self) -> int:
        return self._line.bad

    def open(self) -> None:
        facts = self.facts
        longest_s = flight_s(MOST_BYTES, facts.baud)
        try:
            self._port = serial.serial_for_url(
                facts.device,
                baudrate=facts.baud,
                bytesize=facts.data_bits,
                parity=facts.parity,
                timeout=TICK_S,
                write_timeout=None if facts.device.startswith("rfc2217:") else longest_s,  # it knows none
                exclusive=True,
            )
        except (OSError, ValueError, AttributeError, NotImplementedError) as error:  # SerialException is an OSError
            raise LineTrouble(cause=said(error)) from None
        self._tokens.clear()
        self._line.opened(time.monotonic())
        self._told = [Connected(facts.device)]

    def poll(self, wait_s: float) -> list[Happening]:
        self._do(self._line.due(time.monotonic()))
        self._do(self._line.receive(b"" if self._told else self._read(), time.monotonic()))
        told, self._told = self._told, []
        return told

    def send(self, data: bytes, token: int | None = None) -> None:
        self._tokens.append(token)
        self._do(self._line.send(data, time.monotonic()))

    def put(self, data: bytes) -> None:
        """Puts bytes on the line as they are: for who wants to see what the other side makes of noise."""
        self._write(data)

    def has_room(self) -> bool:
        return self._port is not None and len(self._tokens) < ROOM

    def hang_up(self) -> None:
        """A serial line is not hung up: what was to be sent is given its time, and the port stays open."""
        until = time.monotonic() + serial_line.ANSWER_S
        told: list[Happening] = []
        with suppress(LineTrouble):
            while not self._line.idle and time.monotonic() < until:
                told += self.poll(TICK_S)
        self._told = told + self._told

    def close(self) -> None:
        if self._port is not None:
            with suppress(OSError, ValueError, AttributeError):
                self._port.close()
            self._port = None
        self._tokens.clear()

    def _read(self) -> bytes:
        try:
            data = bytearray(self._port.read(1))
            while data and len(data) < READ_BYTES and (waiting := self._port.in_waiting):
                data += self._port.read(min(waiting, READ_BYTES))
        except (OSError, TypeError, AttributeError, ValueError) as error:  # closed under our hands: TypeError
            raise self._broken(error) from None
        return bytes(data)

    def _do(self, events: list[serial_line.Event]) -> None:
        for event in events:
            match event:
                case serial_line.Write(data):
                    self._write(data)
                case serial_line.Received(data):
                    self._told.append(Arrived(data))
                case serial_line.Delivered():
                    self._end(Delivered)
                case serial_line.Lost(_data, why):
                    self._end(Refused if why == "refused" else None)
                case serial_line.Unanswered():
                    self._told.append(Unanswered())

    def _end(self, how: type[Delivered] | type[Refused] | None) -> None:
        token = self._tokens.popleft()
        if token is not None and how is not None:
            self._told.append(how(token))

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            pass  # the other side's flow control; the acknowledgement will be missed
        except (OSError, TypeError, AttributeError, ValueError) as error:
            raise self._broken(error) from None

    def _broken(self, error: Exception) -> LineTrouble:
        self.close()
        self._told = []
        return LineTrouble(cause=said(error))
