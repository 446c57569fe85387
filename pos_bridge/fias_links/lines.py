"""What a link is run over, seen from above: somebody connects, whole records arrive and go out, the line breaks.

`tcp` and `serial_port` are the two kinds. A line belongs to one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from folios.errors import N_, Refusal


class LineTrouble(Refusal):
    """There is no line: its port is taken, its device is not there. `cause`: what the machine says of it."""

    code = "link.no_line"
    message = N_("There is no line ({cause}). Is the port free, is the device there?")


@dataclass(frozen=True, slots=True)
class Connected:
    """Somebody is there. Whatever was on the line before is over."""

    peer: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record arrived, whole."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Delivered:
    """The record that was sent under this token has gone out (TCP) or was acknowledged (serial)."""

    token: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The record of this token was refused by the other side, for good."""

    token: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """On a serial line nobody acknowledges; what was to be sent is dropped."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The line broke, or was given to a newcomer; what was to be sent is dropped."""

    why: str


Happening = Connected | Arrived | Delivered | Refused | Unanswered | Gone


class Line(Protocol):
    """A line, opened or not."""

    @property
    def dropped(self) -> int:
        """Bytes that belonged to no record."""

    def open(self) -> None:
        """Opens the port. Raises `LineTrouble`."""

    def poll(self, wait_s: float) -> list[Happening]:
        """What has happened, after waiting for it so long at most. Raises `LineTrouble` when the port is gone."""

    def send(self, data: bytes, token: int | None = None) -> None:
        """Has a record sent; with a token its end is told."""

    def has_room(self) -> bool:
        """Whether more than answers may be sent now."""

    def hang_up(self) -> None:
        """Ends the conversation, after what was to be sent has gone out; the port stays open for the next one."""

    def close(self) -> None:
        """Lets go of everything; never fails."""


def said(error: BaseException) -> str:
    """What the machine says, short enough to be kept."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:120]
