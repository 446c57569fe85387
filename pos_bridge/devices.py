"""Lines to printers: opened for one slip, asked for the printer's state, written to, ended and closed.

Every wait has an end in seconds, so that a printer that is off, hangs or dies costs its own queue a moment and nobody
else anything. What is sent is made by `receipts.encoding`; when, and what becomes of a slip that was cut short, is the
worker's business.
"""

from __future__ import annotations

import os
import select
import socket
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import serial

from folios.errors import N_, Refusal

CHUNK = 512
MUTE_S = 1.0  # how long a printer that never answered yet is waited for
END_S = 1.0  # how long a printer gets to end the line from its side
BYTES_PER_SECOND = 20_000  # what a slow printer prints of a drawing
MOST_S = 60  # the longest wait there is

Alive = Callable[[], None]


class PrinterTrouble(Refusal):
    """The printer did not print: it is tried again. `cause` is what the machine says of it."""

    code = "printer.trouble"
    message = N_("The printer does not print ({cause}).")


class PrinterUnreachable(PrinterTrouble):
    code = "printer.unreachable"
    message = N_("It cannot be reached ({cause}). Is it on, and is its address right?")


class PrinterSilent(PrinterTrouble):
    code = "printer.silent"
    message = N_("It does not answer any more. Switch it off and on.")


class PrinterOffline(PrinterTrouble):
    code = "printer.offline"
    message = N_("It is off line. Look at its lamps.")


class PrinterOpen(PrinterTrouble):
    code = "printer.cover_open"
    message = N_("Its cover is open.")


class PaperOut(PrinterTrouble):
    code = "printer.paper_out"
    message = N_("It has no paper. Put in a new roll.")


class PrinterStalled(PrinterTrouble):
    code = "printer.stalled"
    message = N_("It stopped taking data in the middle of a slip.")


class PrinterGone(PrinterTrouble):
    code = "printer.gone"
    message = N_("It ended the line in the middle of a slip ({cause}).")


class DeviceUnfit(PrinterTrouble):
    code = "printer.device_unfit"
    message = N_("{cause} is no device that can be printed on.")


class UsbUnavailable(PrinterTrouble):
    code = "printer.usb_unavailable"
    message = N_("This machine cannot print by USB: install pyusb and libusb ({cause}).")


TROUBLES: dict[str, type[PrinterTrouble]] = {
    each.code: each
    for each in (
        PrinterTrouble,
        PrinterUnreachable,
        PrinterSilent,
        PrinterOffline,
        PrinterOpen,
        PaperOut,
        PrinterStalled,
        PrinterGone,
        DeviceUnfit,
        UsbUnavailable,
    )
}


@dataclass(frozen=True, slots=True)
class Address:
    """How a printer is reached."""

    kind: str
    host: str | None = None
    port: int | None = None
    device: str | None = None
    baud_rate: int = 9600
    usb_vendor: int | None = None
    usb_product: int | None = None
    timeout_s: int = 5


class Device(Protocol):
    """A line to a printer, for one slip. Every method raises `PrinterTrouble` and nothing else."""

    can_answer: ClassVar[bool]
    bytes_per_second: float

    def open(self) -> None:
        """Reaches the printer."""

    def send(self, content: bytes, alive: Alive) -> None:
        """Writes all of it; `alive` is called now and then."""

    def ask(self, question: bytes, wait_s: float) -> bytes:
        """What the printer says to a question; empty when it says nothing in time."""

    def end(self) -> None:
        """Says that nothing follows, and hears when the printer objects."""

    def close(self) -> None:
        """Lets go of the line; never fails."""


def device_for(address: Address) -> Device:
    """A line to a printer that is not open yet."""
    makers: dict[str, Callable[[Address], Device]] = {
        "network": _Network,
        "serial": _Serial,
        "file": _File,
        "usb": _Usb,
        "dummy": _Dummy,
    }
    return makers[address.kind](address)


# --- what a printer says of itself ------------------------------------------------------------------------------

DLE_EOT = b"\x10\x04"
PRINTER, CAUSE, PAPER = b"\x01", b"\x02", b"\x04"
FIXED, FIXED_IS = 0x93, 0x12  # bits that are the same in each answer, which tells one from anything else
OFFLINE, COVER, NO_PAPER_STOP, PAPER_END = 0x08, 0x04, 0x20, 0x60


def check(device: Device, wait_s: float, *, must_answer: bool) -> bool:
    """Whether the printer says that it can print. Refuses when it says that it cannot, or says nothing and must.

    Answers False when it says nothing: many cheap ones never do. Source: ESC/POS, DLE EOT n.
    """
    if not device.can_answer:
        return False
    state = _answer(device, PRINTER, wait_s)
    if state is None:
        if must_answer:
            raise PrinterSilent
        return False
    cause = _answer(device, CAUSE, wait_s) if state & OFFLINE else None
    paper = _answer(device, PAPER, wait_s)
    if (paper is not None and paper & PAPER_END == PAPER_END) or (cause is not None and cause & NO_PAPER_STOP):
        raise PaperOut
    if cause is not None and cause & COVER:
        raise PrinterOpen
    if state & OFFLINE:
        raise PrinterOffline
    return True


def _answer(device: Device, what: bytes, wait_s: float) -> int | None:
    """The byte that answers; what is no answer (a printer may tell its state unasked) is passed over."""
    until = time.monotonic() + wait_s
    question = DLE_EOT + what
    while (left := until - time.monotonic()) > 0:
        said = device.ask(question, left)
        if not said:
            return None
        for byte in said:
            if byte & FIXED == FIXED_IS:
                return byte
        question = b""
    return None


# --- network ----------------------------------------------------------------------------------------------------


class _Network:
    can_answer: ClassVar[bool] = True
    bytes_per_second: float = BYTES_PER_SECOND

    def __init__(self, address: Address) -> None:
        self.address = address
        self._socket: socket.socket | None = None

    @property
    def _line(self) -> socket.socket:
        if self._socket is None:
            raise PrinterUnreachable(cause="not open")
        return self._socket

    def open(self) -> None:
        where = (self.address.host or "", self.address.port or 0)
        try:
            self._socket = socket.create_connection(where, timeout=self.address.timeout_s)
        except (OSError, UnicodeError) as error:
            raise PrinterUnreachable(cause=_said(error)) from None

    def send(self, content: bytes, alive: Alive) -> None:
        self._line.settimeout(self.address.timeout_s)
        try:
            for begin in range(0, len(content), CHUNK):
                self._line.sendall(content[begin : begin + CHUNK])
                alive()
        except TimeoutError:
            raise PrinterStalled from None
        except OSError as error:
            raise PrinterGone(cause=_said(error)) from None

    def ask(self, question: bytes, wait_s: float) -> bytes:
        self._line.settimeout(max(wait_s, 0.01))
        try:
            if question:
                self._line.sendall(question)
            said = self._line.recv(64)
        except TimeoutError:
            return b""
        except OSError as error:
            raise PrinterGone(cause=_said(error)) from None
        if not said:
            raise PrinterGone(cause="end of line")
        return said

    def end(self) -> None:
        until = time.monotonic() + END_S
        try:
            self._line.shutdown(socket.SHUT_WR)
            while (left := until - time.monotonic()) > 0:
                self._line.settimeout(left)
                if not self._line.recv(64):
                    return
        except TimeoutError:
            return
        except OSError as error:
            raise PrinterGone(cause=_said(error)) from None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


# --- serial: a port of this machine, or a box on the network that has one ------------------------------------------


class _Serial:
    can_answer: ClassVar[bool] = True

    def __init__(self, address: Address) -> None:
        self.address = address
        self.bytes_per_second: float = address.baud_rate / 10
        self._port: Any = None

    def open(self) -> None:
        device, timeout = self.address.device or "", self.address.timeout_s
        # A box that is told its settings over telnet knows no time-out for writing.
        writing = None if device.startswith("rfc2217:") else timeout
        try:
            self._port = serial.serial_for_url(
                device, baudrate=self.address.baud_rate, timeout=timeout, write_timeout=writing
            )
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise PrinterUnreachable(cause=_said(error)) from None

    def send(self, content: bytes, alive: Alive) -> None:
        try:
            for begin in range(0, len(content), CHUNK):
                self._port.write(content[begin : begin + CHUNK])
                alive()
        except serial.SerialTimeoutException:
            raise PrinterStalled from None
        except OSError as error:
            raise PrinterGone(cause=_said(error)) from None

    def ask(self, question: bytes, wait_s: float) -> bytes:
        try:
            self._port.timeout = max(wait_s, 0.01)
            if question:
                self._port.reset_input_buffer()
                self._port.write(question)
            return bytes(self._port.read(1))
        except serial.SerialTimeoutException:
            return b""
        except OSError as error:
            raise PrinterGone(cause=_said(error)) from None

    def end(self) -> None:
        """Waits until the port has given everything away. Not by `flush`, which may never return."""
        until = time.monotonic() + self.address.timeout_s
        try:
            while self._port.out_waiting:
                if time.monotonic() > until:
                    raise PrinterStalled
                time.sleep(0.01)
        except (AttributeError, NotImplementedError):
            return  # a box on the network does not tell
        except OSError as error:
            raise PrinterGone(cause=_said(error)) from None

    def close(self) -> None:
        if self._port is not None:
            with suppress(OSError):
                self._port.close()
            self._port = None


# --- a device file, USB, nothing at all ----------------------------------------------------------------------------


class _File:
    """A device such as /dev/usb/lp0, or a pipe. A plain file is refused: nothing of this machine is written over."""

    can_answer: ClassVar[bool] = False
    bytes_per_second: float = BYTES_PER_SECOND

    def __init__(self, address: Address) -> None:
        self.address = address
        self._file: int | None = None

    def open(self) -> None:
        path = self.address.device or ""
        try:
            opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except (OSError, ValueError) as error:
            raise PrinterUnreachable(cause=_said(error)) from None
        mode = os.fstat(opened).st_mode
        if not (stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)):
            os.close(opened)
            raise DeviceUnfit(cause=path)
        self._file = opened

    def send(self, content: bytes, alive: Alive) -> None:
        file, rest = self._file or -1, memoryview(content)
        try:
            while rest:
                _readable, ready, _broken = select.select([], [file], [], self.address.timeout_s)
                if not ready:
                    raise PrinterStalled
                rest = rest[os.write(file, rest[:CHUNK]) :]
                alive()
        except OSError as error:
            raise PrinterGone(cause=_said(error)) from None

    def ask(self, question: bytes, wait_s: float) -> bytes:
        return b""

    def end(self) -> None:
        pass

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class _Usb:
    can_answer: ClassVar[bool] = True
    bytes_per_second: float = BYTES_PER_SECOND

    def __init__(self, address: Address) -> None:
        self.address = address
        self._printer: Any = None

    def open(self) -> None:
        try:
            from pos_bridge.receipts.library import usb_printer  # noqa: PLC0415 - only where there is such a printer

            self._printer = usb_printer(
                self.address.usb_vendor or 0, self.address.usb_product or 0, self.address.timeout_s
            )
        except RuntimeError as error:
            raise UsbUnavailable(cause=_said(error)) from None
        try:
            self._printer.open()
        except Exception as error:  # whatever the libraries below raise
            raise PrinterUnreachable(cause=_said(error)) from None

    def send(self, content: bytes, alive: Alive) -> None:
        try:
            for begin in range(0, len(content), CHUNK):
                self._printer._raw(content[begin : begin + CHUNK])
                alive()
        except Exception as error:
            raise PrinterGone(cause=_said(error)) from None

    def ask(self, question: bytes, wait_s: float) -> bytes:
        try:
            if question:
                self._printer._raw(question)
            return bytes(self._printer._read())
        except Exception:  # a time-out has a class of its own in each backend
            return b""

    def end(self) -> None:
        pass

    def close(self) -> None:
        if self._printer is not None:
            try:
                self._printer.close()
            except Exception:
                self._printer = None


class _Dummy:
    """Prints nowhere; the slip is kept in the queue to be looked at."""

    can_answer: ClassVar[bool] = False
    bytes_per_second: float = BYTES_PER_SECOND

    def __init__(self, address: Address) -> None:
        self.address = address

    def open(self) -> None:
        pass

    def send(self, content: bytes, alive: Alive) -> None:
        pass

    def ask(self, question: bytes, wait_s: float) -> bytes:
        return b""

    def end(self) -> None:
        pass

    def close(self) -> None:
        pass


def _said(error: BaseException) -> str:
    """What the machine says, short enough to be kept."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:120]
