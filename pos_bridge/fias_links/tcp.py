"""A link's port on TCP: the outlet connects to us, the newest connection wins, frames are cut and written.

Nothing here waits for a peer that does not read, and a peer that sends faster than anybody at a till could is read more
slowly, so that it fills its own buffers and nobody's time.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from pos_bridge.fias.framing import FrameReader, frame
from pos_bridge.fias_links.lines import Arrived, Connected, Delivered, Gone, Happening, LineTrouble, said
from pos_bridge.fias_links.seam import LinkFacts

READ_BYTES: Final = 8192
BYTES_PER_S, RECORDS_PER_S, BURST_S = 200_000, 500, 2.0  # what is read of one link in the long run, and at once
ROOM_BYTES: Final = 32_768  # with more than this under way, only answers are sent
MOST_BYTES: Final = 4_000_000  # with more than this, the peer is given up
STALL_S: Final = 20.0  # so long a peer may take nothing
END_S: Final = 0.5
BACKLOG: Final = 4
KEEP_ALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 60_000))


class TcpLine:
    """The port of a link, and the one connection that counts."""

    def __init__(self, facts: LinkFacts) -> None:
        self.facts = facts
        self.port = facts.port  # with 0, the one that was found
        self._listener: socket.socket | None = None
        self._peer: socket.socket | None = None
        self._selector = selectors.DefaultSelector()
        self._reader = FrameReader()
        self._dropped = 0
        self._out = bytearray()
        self._put = self._gone_out = 0  # bytes of this connection, counted from its beginning
        self._marks: deque[tuple[int, int]] = deque()
        self._took_at = 0.0
        self._read_again_at = 0.0
        self._owed_until = 0.0
        self._told: list[Happening] = []

    @property
    def dropped(self) -> int:
        return self._dropped + self._reader.dropped

    def open(self) -> None:
        try:
            family = socket.AF_INET6 if ":" in self.facts.host else socket.AF_INET
            self._listener = socket.socket(family, socket.SOCK_STREAM)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((self.facts.host, self.facts.port))
            self._listener.listen(BACKLOG)
            self._listener.setblocking(False)
            self.port = int(self._listener.getsockname()[1])
            self._selector.register(self._listener, selectors.EVENT_READ)
        except (OSError, OverflowError, UnicodeError) as error:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
            raise LineTrouble(cause=said(error)) from None

    def poll(self, wait_s: float) -> list[Happening]:
        self._watch(time.monotonic())
        if self._told:
            wait_s = 0
        elif self._peer is not None and not self._may_read(time.monotonic()):
            wait_s = min(wait_s, self._read_again_at - time.monotonic())
        for key, events in self._selector.select(max(wait_s, 0)):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._peer:
                if events & selectors.EVENT_WRITE:
                    self._flush()
                if events & selectors.EVENT_READ:
                    self._read()
        if self._out and time.monotonic() - self._took_at > STALL_S:
            self._drop("it takes nothing")
        told, self._told = self._told, []
        return told

    def send(self, data: bytes, token: int | None = None) -> None:
        if self._peer is None:
            return
        if not self._out:
            self._took_at = time.monotonic()
        framed = frame(data)
        self._out += framed
        self._put += len(framed)
        if token is not None:
            self._marks.append((self._put, token))
        if len(self._out) > MOST_BYTES:
            self._drop("it takes nothing")
        else:
            self._flush()

    def has_room(self) -> bool:
        return self._peer is not None and len(self._out) < ROOM_BYTES

    def hang_up(self) -> None:
        peer = self._peer
        if peer is None:
            return
        with suppress(OSError):
            peer.settimeout(END_S)
            peer.sendall(self._out)
            peer.shutdown(socket.SHUT_WR)
            until = time.monotonic() + END_S
            while time.monotonic() < until and peer.recv(READ_BYTES):
                pass  # what is left unread would take back what was sent last
        self._forget()

    def close(self) -> None:
        self._forget()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._selector.close()

    # --- one connection

    def _accept(self) -> None:
        assert self._listener is not None  # noqa: S101
        try:
            peer, address = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return
        except OSError as error:
            raise LineTrouble(cause=said(error)) from None
        if not self._allowed(str(address[0])):
            peer.close()
            return
        if self._peer is not None:
            self._drop("a newer connection")
        self._prepare(peer)
        self._peer = peer
        self._reader = FrameReader()
        self._selector.register(peer, selectors.EVENT_READ)
        self._told.append(Connected(f"{address[0]}:{address[1]}"))

    def _allowed(self, address: str) -> bool:
        networks = self.facts.allowed
        return not networks or any(ip_address(address.partition("%")[0]) in each for each in networks)

    @staticmethod
    def _prepare(peer: socket.socket) -> None:
        peer.setblocking(False)
        with suppress(OSError):
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in KEEP_ALIVE:
                if hasattr(socket, name):
                    peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def _read(self) -> None:
        if self._peer is None:
            return
        try:
            data = self._peer.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._drop(said(error))
            return
        if not data:
            self._drop("it hung up")
            return
        records = self._reader.feed(data)
        self._told += [Arrived(each) for each in records]
        cost_s = max(len(data) / BYTES_PER_S, len(records) / RECORDS_PER_S)
        now = time.monotonic()
        self._owed_until = max(self._owed_until, now) + cost_s
        self._read_again_at = self._owed_until - BURST_S

    def _may_read(self, now: float) -> bool:
        return now >= self._read_again_at

    def _flush(self) -> None:
        while self._peer is not None and self._out:
            try:
                taken = self._peer.send(self._out[:65_536])
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._drop(said(error))
                return
            del self._out[:taken]
            self._gone_out += taken
            self._took_at = time.monotonic()
            while self._marks and self._marks[0][0] <= self._gone_out:
                self._told.append(Delivered(self._marks.popleft()[1]))

    def _watch(self, now: float) -> None:
        """Watches for what may be done with the peer now."""
        if self._peer is None:
            return
        wanted = (selectors.EVENT_READ if self._may_read(now) else 0) | (selectors.EVENT_WRITE if self._out else 0)
        watched = self._selector.get_map().get(self._peer)
        if watched is None and wanted:
            self._selector.register(self._peer, wanted)
        elif watched is not None and not wanted:
            self._selector.unregister(self._peer)
        elif watched is not None and watched.events != wanted:
            self._selector.modify(self._peer, wanted)

    def _drop(self, why: str) -> None:
        if self._peer is not None:
            self._forget()
            self._told.append(Gone(why))

    def _forget(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(peer)
            peer.close()
        self._dropped += self._reader.dropped
        self._reader = FrameReader()
        self._out.clear()
        self._marks.clear()
        self._put = self._gone_out = 0
        self._read_again_at = self._owed_until = 0.0
