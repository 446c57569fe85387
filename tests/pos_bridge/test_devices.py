"""Lines to printers by serial port, device file, USB and network: what breaks says how, and nothing waits for ever."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pos_bridge import devices
from pos_bridge.devices import (
    Address,
    DeviceUnfit,
    PaperOut,
    PrinterGone,
    PrinterOffline,
    PrinterOpen,
    PrinterSilent,
    PrinterStalled,
    PrinterUnreachable,
    UsbUnavailable,
    check,
    device_for,
)
from tests.pos_bridge.fake_printer import COVER_OPEN, OK, OUT_OF_PAPER, FakePrinter

SLIP = b"\x1b@Dinner\n\x1dV\x00"


class SerialPrinter:
    """A printer at the other end of a pseudo-terminal."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(self.master)
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self.slave = slave
        self.answers = dict(OK)
        self.got = bytearray()
        self.thread: threading.Thread | None = None

    def listen(self) -> None:
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        pending = bytearray()
        while True:
            try:
                pending += os.read(self.master, 256)
            except OSError:
                return
            while pending:
                if pending[0] == 0x10 and len(pending) < 3:
                    break
                if pending[:2] == b"\x10\x04":
                    os.write(self.master, bytes([self.answers[pending[2]]]))
                    del pending[:3]
                else:
                    self.got.append(pending.pop(0))


@pytest.fixture
def port() -> Iterator[SerialPrinter]:
    printer = SerialPrinter()
    yield printer
    for each in (printer.slave, printer.master):
        with suppress(OSError):
            os.close(each)


def nothing() -> None:
    return None


def printed_by(address: Address) -> bool:
    """Prints a slip as the worker does; whether the printer said how it is."""
    device = device_for(address)
    try:
        device.open()
        answered = check(device, 15, must_answer=False)
        device.send(SLIP, nothing)
        if answered:
            check(device, 15, must_answer=True)
        device.end()
        return answered
    finally:
        device.close()


# --- serial -------------------------------------------------------------------------------------------------------


def test_a_slip_goes_through_a_serial_line_and_its_printer_answers(port: SerialPrinter) -> None:
    port.listen()
    assert printed_by(Address("serial", device=port.path, timeout_s=2))
    assert bytes(port.got) == SLIP


def test_a_serial_printer_without_paper_says_so(port: SerialPrinter) -> None:
    port.listen()
    port.answers = dict(OUT_OF_PAPER)
    with pytest.raises(PaperOut):
        printed_by(Address("serial", device=port.path, timeout_s=2))
    assert bytes(port.got) == b""


def test_a_serial_printer_that_takes_nothing_more_is_given_up(port: SerialPrinter) -> None:
    device = device_for(Address("serial", device=port.path, timeout_s=1))
    device.open()
    with pytest.raises(PrinterStalled):
        device.send(b"x" * 1_000_000, nothing)
    device.close()


def test_a_serial_line_that_is_pulled_out_is_told(port: SerialPrinter) -> None:
    device = device_for(Address("serial", device=port.path, timeout_s=1))
    device.open()
    os.close(port.slave)
    os.close(port.master)
    with pytest.raises(PrinterGone):
        device.send(SLIP * 20, nothing)
    device.close()


@pytest.mark.parametrize("device", ["/dev/nothing-here", "socket://127.0.0.1:1"])
def test_a_serial_line_that_is_not_there_is_unreachable(device: str) -> None:
    with pytest.raises(PrinterUnreachable):
        device_for(Address("serial", device=device, timeout_s=1)).open()


def test_a_box_on_the_network_with_a_serial_port_is_no_more_than_another_address() -> None:
    with FakePrinter() as fake:
        assert printed_by(Address("serial", device=f"socket://127.0.0.1:{fake.port}", timeout_s=2))
        assert fake.waits_for(1)
        assert fake.printed == [SLIP]


# --- network ------------------------------------------------------------------------------------------------------


def test_a_slip_goes_through_the_network_byte_by_byte() -> None:
    with FakePrinter() as fake:
        assert printed_by(Address("network", host="127.0.0.1", port=fake.port))
        assert fake.waits_for(1)
        assert fake.printed == [SLIP]


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [(OUT_OF_PAPER, PaperOut), (COVER_OPEN, PrinterOpen), (dict.fromkeys((1, 2, 3, 4), 0x1A), PrinterOffline)],
)
def test_what_a_printer_says_of_itself_is_understood(answers: dict[int, int], refusal: type[Exception]) -> None:
    with FakePrinter() as fake:
        fake.answers = answers
        with pytest.raises(refusal):
            printed_by(Address("network", host="127.0.0.1", port=fake.port))


def test_a_printer_that_must_answer_and_does_not_is_silent() -> None:
    with FakePrinter() as fake:
        fake.answers = None
        device = device_for(Address("network", host="127.0.0.1", port=fake.port))
        device.open()
        assert not check(device, 0.2, must_answer=False)
        with pytest.raises(PrinterSilent):
            check(device, 0.2, must_answer=True)
        device.close()


def test_what_a_printer_tells_unasked_is_no_answer() -> None:
    class Chatty(devices._Dummy):
        can_answer = True

        def ask(self, question: bytes, wait_s: float) -> bytes:
            return b"\x10\x00\x00\x0f" if question == b"\x10\x04\x01" else b"\x12"

    assert check(Chatty(Address("dummy")), 1, must_answer=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid", "x" * 70 + ".invalid"])
def test_a_network_printer_that_is_not_there_is_unreachable(host: str) -> None:
    with pytest.raises(PrinterUnreachable):
        device_for(Address("network", host=host, port=1, timeout_s=1)).open()


# --- device files, USB, nothing ------------------------------------------------------------------------------------


def test_a_slip_goes_into_a_device_file(tmp_path: Path) -> None:
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert not printed_by(Address("file", device=str(pipe)))
    assert os.read(reader, 100) == SLIP
    os.close(reader)


def test_a_device_file_that_takes_nothing_is_given_up(tmp_path: Path) -> None:
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    with pytest.raises(PrinterUnreachable):
        printed_by(Address("file", device=str(pipe)))
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    device = device_for(Address("file", device=str(pipe), timeout_s=1))
    device.open()
    with pytest.raises(PrinterStalled):
        device.send(b"x" * 1_000_000, nothing)
    os.close(reader)
    with pytest.raises(PrinterGone):
        device.send(SLIP, nothing)
    device.close()


def test_no_file_of_the_machine_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "hotel.db"
    file.write_text("the books")
    with pytest.raises(DeviceUnfit):
        printed_by(Address("file", device=str(file)))
    with pytest.raises(PrinterUnreachable):
        printed_by(Address("file", device=str(tmp_path / "new")))
    assert file.read_text() == "the books"
    assert not (tmp_path / "new").exists()


def test_usb_without_its_libraries_says_what_to_install() -> None:
    try:
        import usb  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        with pytest.raises(UsbUnavailable) as caught:
            printed_by(Address("usb", usb_vendor=1, usb_product=2))
        assert "pyusb" in str(caught.value)


def test_every_trouble_is_said_in_words_that_need_no_more_than_a_cause() -> None:
    for trouble in devices.TROUBLES.values():
        assert "{" not in str(trouble(cause="timed out"))
