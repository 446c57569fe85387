"""Frames on TCP: STX, a record, ETX, and nothing between two frames.

A reader is fed what the line brings, in whatever pieces it comes. Serial lines have frames of their own
(`serial_line`).
"""

from __future__ import annotations

from typing import Final

STX: Final = b"\x02"
ETX: Final = b"\x03"
MOST_BYTES: Final = 4096  # of a record; the longest that is allowed has 2000 characters


def frame(data: bytes) -> bytes:
    """A record as it goes on the line."""
    return STX + data + ETX


class FrameReader:
    """Cuts frames out of a stream of bytes.

    Bytes outside of frames are dropped, an STX inside of one begins anew, a frame that grows too long is dropped up to
    the next STX. `dropped` counts the bytes that were in no frame.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.dropped = 0
        self._begun = bytearray()  # empty, or an STX and what has come of its frame

    def feed(self, data: bytes) -> list[bytes]:
        """The records that are complete now, in order, without STX and ETX. Empty frames are none."""
        *ended, rest = (bytes(self._begun) + data).split(ETX)
        found = [content for each in ended if (content := self._content(each))]
        self._begun = bytearray(self._open(rest))
        return found

    def _content(self, piece: bytes) -> bytes:
        begin = piece.rfind(STX)
        content = piece[begin + 1 :] if begin >= 0 else b""
        if len(content) > self.most_bytes:
            content = b""
        self.dropped += len(piece) - len(content) - (1 if content else 0)
        return content

    def _open(self, rest: bytes) -> bytes:
        """The last frame that has begun and may still end; what can be none is dropped."""
        begin = rest.rfind(STX)
        kept = rest[begin:] if begin >= 0 else b""
        if len(kept) > self.most_bytes + 1:
            kept = b""
        self.dropped += len(rest) - len(kept)
        return kept
