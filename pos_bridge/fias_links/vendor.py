"""The other side of a link, played from a script: a till, a telephone exchange, a minibar.

It connects as an outlet does, says what the script says, tells each record both ways with its meaning in words, and
counts the expectations that were not met. Scripts are read in `pos_bridge.fias.vendor_script`.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from folios.errors import N_, Refusal
from frontoffice.language import gettext as _
from pos_bridge.fias.framing import FrameReader, frame
from pos_bridge.fias.meaning import meaning
from pos_bridge.fias.records import NotARecord, Record, parse, write
from pos_bridge.fias.values import DECIMALS, from_date, stamp
from pos_bridge.fias.vendor_script import Script, Step, fill, missing_in, record_of
from pos_bridge.fias_links.lines import Arrived, Gone, Happening, LineTrouble, Unanswered, said

WITHIN_S: Final = 30.0
SLICE_S: Final = 0.1
CONNECT_S: Final = 10.0
MOST_NUMBER: Final = 99_999_999


class VendorNoLine(Refusal):
    """`cause`: what the machine says."""

    code = "vendor.no_line"
    message = N_("The hotel cannot be reached at {place} ({cause}). Is its link switched on, is the line plugged in?")


class Wire(Protocol):
    """The outlet's end of a line; a `SerialPort` is one."""

    def open(self) -> None:
        """Connects. Raises `LineTrouble`."""

    def poll(self, wait_s: float) -> list[Happening]:
        """What has happened meanwhile. Raises `LineTrouble`."""

    def send(self, data: bytes, token: int | None = None) -> None:
        """Has a record sent."""

    def put(self, data: bytes) -> None:
        """Puts bytes on the line as they are."""

    def close(self) -> None:
        """Lets go of the line."""


class TcpClient:
    """The outlet's end of a link on TCP."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._line: socket.socket | None = None
        self._reader = FrameReader()

    def open(self) -> None:
        try:
            self._line = socket.create_connection((self.host, self.port), timeout=CONNECT_S)
        except (OSError, UnicodeError) as error:
            raise LineTrouble(cause=said(error)) from None

    def poll(self, wait_s: float) -> list[Happening]:
        if self._line is None:
            return []
        self._line.settimeout(max(wait_s, 0.001))
        try:
            data = self._line.recv(65_536)
        except TimeoutError:
            return []
        except OSError as error:
            return [Gone(said(error))]
        return [Arrived(each) for each in self._reader.feed(data)] if data else [Gone("it hung up")]

    def send(self, data: bytes, token: int | None = None) -> None:
        self.put(frame(data))

    def put(self, data: bytes) -> None:
        if self._line is not None:
            self._line.settimeout(CONNECT_S)
            try:
                self._line.sendall(data)
            except OSError as error:
                raise LineTrouble(cause=said(error)) from None

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


@dataclass(slots=True)
class Player:
    """Plays a script over a wire. `tell` is given each line of what is seen; `speaks_first`: serial lines do."""

    script: Script
    wire: Wire
    tell: Callable[[str], None]
    encoding: str = "cp1252"
    decimals: int = DECIMALS
    speaks_first: bool = False
    names: dict[str, str] = field(default_factory=dict)
    number: int = 0
    within_s: float = WITHIN_S
    failures: list[str] = field(default_factory=list)
    _asks: list[tuple[str, ...]] = field(default_factory=list)
    _rules: dict[str, str] = field(default_factory=dict)
    _unread: deque[Record] = field(default_factory=deque)
    _last: Record | None = None
    _described: tuple[str, ...] | None = None  # the fields of our LD, once the link was started
    _gone: bool = False

    def play(self) -> bool:
        """Plays the script to its end, or to where the line is gone; whether every expectation was met."""
        self.names = self.script.names | self.names
        self.wire.open()
        try:
            for step in self.script.steps:
                if self._gone:
                    self._fail(step, _("the line is gone"))
                    break
                self._step(step)
        except LineTrouble as trouble:
            self.failures.append(str(trouble))
            self.tell(f"!!! {trouble}")
        finally:
            self.wire.close()
        return not self.failures

    # --- steps

    def _step(self, step: Step) -> None:
        match step.verb:
            case "ask":
                self._asks.append(step.words)
            case "within":
                self.within_s = step.seconds
            case "when":
                self._rules[step.words[0]] = step.words[1]
            case "start":
                self._start(step)
            case "send":
                self._send(record_of(self._filled(step.words[0])))
            case "expect":
                self._expect(step, record_of(self._filled(step.words[0])))
            case "expect none":
                self._expect_none(step)
            case "wait":
                self._hear_until(time.monotonic() + step.seconds, lambda: False)
            case "noise":
                self._noise(bytes.fromhex(step.words[0]))
            case "end":
                self._send(self._stamped("LE"))
                self._expect(step, Record("LE"))

    def _start(self, step: Step) -> None:
        if self.speaks_first:
            self._send(self._stamped("LS"))
        if self._expect(step, Record("LS")):
            self._described = step.words
            self._describe()
            if not self._expect(step, Record("LA")):
                self._described = None

    def _describe(self) -> None:
        told = tuple((each[:2], each[2:]) for each in self._described or ())
        self._send(Record("LD", (*self._stamped("LD").fields, *told)))
        for id_, *codes in self._asks:
            self._send(Record("LR", (("RI", id_), ("FL", "".join(codes)))))
        self._send(self._stamped("LA"))

    def _expect(self, step: Step, expected: Record) -> bool:
        """Whether the next record of that id comes in time and is as expected. Others stay for later expectations."""

        def there() -> Record | None:
            return next((each for each in self._unread if each.id == expected.id), None)

        self._hear_until(time.monotonic() + self.within_s, lambda: there() is not None)
        heard = there()
        if heard is None:
            return self._fail(step, _("{record} did not come", record=str(expected)))
        self._unread.remove(heard)
        self._last = heard
        missing = missing_in(expected, heard)
        if missing:
            return self._fail(step, _("{record} has no {fields}", record=str(heard), fields=" ".join(missing)))
        return True

    def _expect_none(self, step: Step) -> None:
        id_ = step.words[0]
        self._hear_until(time.monotonic() + step.seconds, lambda: any(each.id == id_ for each in self._unread))
        heard = next((each for each in self._unread if each.id == id_), None)
        if heard is not None:
            self._unread.remove(heard)
            self._fail(step, _("{record} came", record=str(heard)))

    def _fail(self, step: Step, why: str) -> bool:
        told = _("line {line}: {why}", line=step.line, why=why)
        self.failures.append(told)
        self.tell(f"!!! {told}")
        return False

    # --- the line

    def _hear_until(self, until: float, enough: Callable[[], bool]) -> None:
        while not enough() and not self._gone and (left := until - time.monotonic()) > 0:
            for happening in self.wire.poll(min(left, SLICE_S)):
                self._happened(happening)

    def _happened(self, happening: Happening) -> None:
        match happening:
            case Arrived(data):
                with suppress(NotARecord):
                    self._heard(parse(data, self.encoding))
            case Gone(why):
                self._gone = True
                self.tell(f"!!! {_('The line is gone ({cause}).', cause=why)}")
            case Unanswered():
                self.tell(f"!!! {_('Nobody acknowledges what is sent.')}")

    def _heard(self, record: Record) -> None:
        self._show("<", record)
        rule = self._rules.get(record.id)
        if rule is not None:
            self._last = record
            self._send(record_of(self._filled(rule)))
            self._unread.append(record)
        elif record.id == "LS" and self._described is not None:
            self._describe()  # the hotel has begun anew
        elif record.id == "LE":
            self._unread.append(record)
            if self._described is not None:
                self._send(self._stamped("LE"))
        else:
            self._unread.append(record)

    def _send(self, record: Record) -> None:
        if record.id == "LE":
            self._described = None
        self._show(">", record)
        self.wire.send(write(record, self.encoding))

    def _noise(self, data: bytes) -> None:
        self.tell(f">   {data.hex(' ')}")
        self.wire.put(data)

    def _show(self, way: str, record: Record) -> None:
        at = datetime.now().astimezone().strftime("%H:%M:%S")
        shown = record.without_secrets()
        self.tell(f"{at} {way} {shown}")
        self.tell(f"           {meaning(shown, self.decimals)}")

    # --- what is filled in

    def _filled(self, template: str) -> str:
        return fill(template, self.names, self._last, self._special)

    def _special(self, word: str) -> str | None:
        now = datetime.now().astimezone()
        if word in ("date", "time"):
            return stamp(now)[word == "time"][1]
        if word == "tomorrow":
            return from_date(now + timedelta(days=1))
        if word == "next":
            self.number = self.number % MOST_NUMBER + 1
        return str(self.number) if word in ("number", "next") else None

    @staticmethod
    def _stamped(id_: str) -> Record:
        return Record(id_, stamp(datetime.now().astimezone()))
