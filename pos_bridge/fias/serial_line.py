"""Records on a serial line: STX, record, ETX and a check byte, each acknowledged, asked about and sent again.

A state machine that is told which bytes came and what time it is (seconds, from any start), and answers with events:
what to write, what arrived, what became of what was sent. It owns no port.

The check byte (LRC) is the XOR of the record and ETX. It may be any byte, STX and ETX among them, so it is taken by its
place. What guards against a record that counts twice is ENQ: who got no answer asks, and is told once more what was
answered, not sent a second record. Both the first answer and the one to the enquiry may come, so after an enquiry the
line rests a moment: the second must not be taken for the answer to the next record. Source: the specification's section
on RS-232 links.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from functools import reduce
from operator import xor
from typing import Final

from pos_bridge.fias.framing import MOST_BYTES

STX, ETX, ENQ, ACK, NAK = 0x02, 0x03, 0x05, 0x06, 0x15
ANSWER_S: Final = 3.0  # how long an answer is waited for
OPENING_S: Final = 3.0  # how long the other side may speak first
GAP_S: Final = 1.0  # a record in which nothing comes for so long has been cut off
RETRIES: Final = 3
ENQUIRIES: Final = 3
BITS_PER_BYTE: Final = 10
LEAST_FLIGHT_S: Final = 0.5


def lrc(data: bytes) -> int:
    """The check byte of a record: `12345` has 0x32."""
    return reduce(xor, data, ETX)


def flight_s(length: int, baud: int) -> float:
    """How long a record of so many bytes may be under way."""
    return max(2 * length * BITS_PER_BYTE / baud, LEAST_FLIGHT_S)


@dataclass(frozen=True, slots=True)
class Write:
    """Put these bytes on the line, together: nothing may come between them."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A whole record arrived and was acknowledged."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Delivered:
    """The record was acknowledged by the other side."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """The record was given up: refused four times (`refused`), or nobody answered (`unanswered`)."""

    data: bytes
    why: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nobody is there: three enquiries went by. The link has to be started again."""


Event = Write | Received | Delivered | Lost | Unanswered


class _Reading(Enum):
    NOTHING = 0
    RECORD = 1
    CHECK = 2


@dataclass(slots=True)
class _Flight:
    """The record that is not acknowledged yet. `until`: when its answer is missed, or when it is sent again."""

    data: bytes
    until: float
    retries: int = 0
    enquiries: int = 0
    rests: bool = False
    longer: bool = False


@dataclass(slots=True)
class SerialLine:
    """Both directions of a line. Without `check`, there is no check byte, and whatever arrives is acknowledged."""

    baud: int = 9600
    check: bool = True
    bad: int = 0  # records that arrived garbled
    _waiting: deque[bytes] = field(default_factory=deque)
    _flight: _Flight | None = None
    _reading: _Reading = _Reading.NOTHING
    _record: bytearray = field(default_factory=bytearray)
    _answer: int = NAK  # what an ENQ is told
    _began_at: float = 0.0
    _heard_at: float = 0.0
    _quiet_until: float = 0.0
    _rest_until: float = 0.0

    def opened(self, now: float) -> None:
        """The port was opened: the other side may speak first, or ask what became of its last record."""
        self._flight, self._reading, self._answer = None, _Reading.NOTHING, NAK
        self._waiting.clear()
        self._record.clear()
        self._quiet_until, self._rest_until = now + OPENING_S, now

    @property
    def idle(self) -> bool:
        """Whether everything that was to be sent has come to its end."""
        return self._flight is None and not self._waiting

    # --- what comes

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Bytes arrived."""
        events = self._expire(now)
        for byte in data:
            events += self._byte(byte, now)
        if data:
            self._heard_at = now
            self._quiet_until = min(self._quiet_until, now)
        return events + self._next(now)

    def _byte(self, byte: int, now: float) -> list[Event]:
        if self._reading is _Reading.CHECK:
            return self._checked(byte, now)
        if byte == ENQ and self._reading is _Reading.NOTHING:
            return [Write(bytes([self._answer]))]
        self._answer = NAK
        if byte == STX:
            self._reading, self._began_at = _Reading.RECORD, now
            self._record.clear()
        elif self._reading is _Reading.NOTHING:
            return self._told(byte, now)
        elif byte != ETX:
            self._record.append(byte)
            if len(self._record) > MOST_BYTES:
                self._end_record(now, bad=True)
        elif self.check:
            self._reading = _Reading.CHECK
        else:
            return self._taken(now)
        return []

    def _checked(self, byte: int, now: float) -> list[Event]:
        if byte == lrc(bytes(self._record)):
            return self._taken(now)
        self._end_record(now, bad=True)
        self._answer = NAK
        return [Write(bytes([NAK]))]

    def _taken(self, now: float) -> list[Event]:
        data = bytes(self._record)
        self._end_record(now, bad=False)
        self._answer = ACK
        events: list[Event] = [Write(bytes([ACK]))]
        return [*events, Received(data)] if data else events

    def _end_record(self, now: float, *, bad: bool) -> None:
        self._reading = _Reading.NOTHING
        self._record.clear()
        self.bad += bad
        flight = self._flight
        if flight is not None and now >= flight.until and not flight.longer:
            # Their answer had to wait for the end of their record. Once, or a stream of records would hold ours up.
            flight.until, flight.longer = now + GAP_S, True

    # --- what is sent

    def send(self, data: bytes, now: float) -> list[Event]:
        """A record to be sent, after those that wait. Its end is told by `Delivered` or `Lost`."""
        self._waiting.append(data)
        return self._next(now)

    def _next(self, now: float) -> list[Event]:
        if self._flight is not None or not self._waiting or now < max(self._quiet_until, self._rest_until):
            return []
        data = self._waiting.popleft()
        self._flight = _Flight(data, 0)
        return [self._transmit(self._flight, now)]

    def _transmit(self, flight: _Flight, now: float) -> Write:
        flight.until = now + flight_s(len(flight.data) + 3, self.baud) + ANSWER_S
        flight.enquiries, flight.rests, flight.longer = 0, False, False
        ending = bytes([ETX, lrc(flight.data)]) if self.check else bytes([ETX])
        return Write(bytes([STX]) + flight.data + ending)

    def _told(self, byte: int, now: float) -> list[Event]:
        """A byte between records: the answer to ours, or noise in its place."""
        flight = self._flight
        if flight is None or flight.rests:
            return []
        if byte == ACK or (byte == NAK and flight.retries == RETRIES):
            self._flight = None
            self._rest_until = now + (GAP_S if flight.enquiries else 0)
            return [Delivered(flight.data) if byte == ACK else Lost(flight.data, "refused")]
        if byte != NAK:  # one enquiry for a burst of noise; after that, time decides
            return [] if flight.enquiries else self._enquire(flight, now)
        flight.retries += 1
        if flight.enquiries:
            flight.rests, flight.until = True, now + GAP_S
            return []
        return [self._transmit(flight, now)]

    def _enquire(self, flight: _Flight, now: float) -> list[Event]:
        if flight.enquiries < ENQUIRIES:
            flight.enquiries += 1
            flight.until = now + ANSWER_S
            return [Write(bytes([ENQ]))]
        lost = [Lost(each, "unanswered") for each in (flight.data, *self._waiting)]
        self._flight = None
        self._waiting.clear()
        return [*lost, Unanswered()]

    # --- time

    def due(self, now: float) -> list[Event]:
        """What has to be done because time has gone by."""
        return self._expire(now) + self._next(now)

    def next_due(self) -> float | None:
        """When `due` has something to do, if nothing arrives before; None: not by itself."""
        if self._reading is not _Reading.NOTHING:
            return self._cut_off_at()
        if self._flight is not None:
            return self._flight.until
        return max(self._quiet_until, self._rest_until) if self._waiting else None

    def _expire(self, now: float) -> list[Event]:
        if self._reading is not _Reading.NOTHING:
            if now < self._cut_off_at():
                return []  # their record first, then their answer
            self._end_record(now, bad=True)  # no NAK unasked: whoever sent it will enquire
        if self._flight is not None and now >= self._flight.until:
            rests = self._flight.rests
            return [self._transmit(self._flight, now)] if rests else self._enquire(self._flight, now)
        return []

    def _cut_off_at(self) -> float:
        longest = self._began_at + flight_s(MOST_BYTES, self.baud)
        return min(max(self._heard_at, self._began_at) + GAP_S, longest)
