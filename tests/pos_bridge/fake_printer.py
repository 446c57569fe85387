"""A receipt printer on a real socket: takes one line at a time, answers DLE EOT, and breaks down as it is told.

As a process: `python -m tests.pos_bridge.fake_printer PORT FILE` prints into a file what each line sent.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
import time
from pathlib import Path

OK = {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}
OUT_OF_PAPER = {1: 0x1E, 2: 0x32, 3: 0x12, 4: 0x72}
COVER_OPEN = {1: 0x1E, 2: 0x16, 3: 0x12, 4: 0x12}
DLE, EOT = 0x10, 0x04


class FakePrinter:
    """Listens on a free port of loopback. `printed` is what came on each line that was ended; `partial` what was cut.

    `answers`: what it says to DLE EOT n, None for a mute one. `takes`: it reads so many bytes of a slip and then does
    `then`: "stall" (reads no more, keeps the line), "close" (ends it by force). `pace_s`: a pause between reads.
    """

    def __init__(self, port: int = 0) -> None:
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # little of a slip is under way
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        self.answers: dict[int, int] | None = dict(OK)
        self.takes: int | None = None
        self.then = "stall"
        self.pace_s = 0.0
        self.printed: list[bytes] = []
        self.partial: list[bytes] = []
        self.lines = 0
        self.dots = 0
        self.over = threading.Event()
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> FakePrinter:
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self.listener.close()
        self.thread.join(5)

    def well(self) -> None:
        """Paper is in, the cover is closed, somebody switched it off and on."""
        self.answers, self.takes, self.pace_s = dict(OK), None, 0.0

    def _serve(self) -> None:
        self.listener.settimeout(0.05)
        while not self.over.is_set():
            try:
                line, _address = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.lines += 1
            with line:
                self._hear(line)

    def _hear(self, line: socket.socket) -> None:
        content, pending = bytearray(), bytearray()
        self.dots = 0
        line.settimeout(0.05)
        while not self.over.is_set():
            if self.takes is not None and len(content) >= self.takes:
                if self.then == "close":
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                self._hang(line)
                break
            try:
                got = line.recv(2048)
            except TimeoutError:
                continue
            except OSError:
                break
            if not got:
                self._told(self.printed, bytes(content))
                return
            pending += got
            self._take(line, pending, content)
            time.sleep(self.pace_s)
        self._told(self.partial, bytes(content))

    def _hang(self, line: socket.socket) -> None:
        """Reads nothing and keeps the line, until who sent is seen to be gone, or somebody switches it off and on."""
        watched = select.poll()
        watched.register(line, select.POLLRDHUP)
        while not (self.over.is_set() or self.takes is None or watched.poll(20)):
            pass

    def _take(self, line: socket.socket, pending: bytearray, content: bytearray) -> None:
        """Answers what is asked, and keeps the rest. The dots of a picture ask nothing, whatever they look like."""
        while pending:
            if self.dots == 0 and pending[0] == DLE and len(pending) < 3:
                return
            if self.dots == 0 and pending[0] == DLE and pending[1] == EOT:
                if self.answers is not None:
                    line.sendall(bytes([self.answers[pending[2]]]))
                del pending[:3]
                continue
            content.append(pending.pop(0))
            if self.dots:
                self.dots -= 1
            elif content[-8:-5] == b"\x1dv0":
                across, rows = struct.unpack("<HH", content[-4:])
                self.dots = across * rows

    def _told(self, where: list[bytes], content: bytes) -> None:
        with self.changed:
            if content or where is self.partial:
                where.append(content)
            self.changed.notify_all()

    def waits_for(self, count: int, timeout_s: float = 20) -> bool:
        """Whether so many slips came out in time."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.printed) >= count, timeout_s)


def main() -> None:
    """Prints into a file until it is ended."""
    with FakePrinter(int(sys.argv[1])) as printer:
        print(printer.port, flush=True)
        known = 0
        while True:
            printer.waits_for(known + 1, 3600)
            Path(sys.argv[2]).write_bytes(printer.printed[-1])
            known = len(printer.printed)
            print(known, flush=True)


if __name__ == "__main__":
    main()
