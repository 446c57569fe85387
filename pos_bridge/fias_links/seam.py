"""What running links need of the hotel, and what they give: the one place where protocol and database meet.

The runtime (`runner`, `worker`) knows a `Hotel` and nothing behind it. It calls from the thread of a link, except for
`links`, `waiting` and `shows`, which the worker calls from its own for all links. Every method opens and ends the units
of work it needs, and may raise `DatabaseRefusal`: the runtime then answers "retry later" where there is something to
answer, and goes on.

The order of things, which makes "never twice, never lost":

- `answer` has stored its answer, in the unit of work of the deed, before it returns it; then it is sent.
- News is shown by `outgoing` again and again until `sent` names it; `sent` names entries in their order and leaves none
  out. On TCP that is when it was given to the line, on a serial line when it was acknowledged (or refused for good:
  then `refused` is true).
- A resync's records are made from one snapshot; news that is older is dropped when `resynced` is called, after DE went
  out. News waits while a resync runs, so that none is overtaken by an older state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from pos_bridge.fias.link import LinkSettings
from pos_bridge.fias.records import Record

TCP, SERIAL = "tcp", "serial"
FIAS, XML_POS = "fias", "xml_pos"
IN, OUT = "in", "out"


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A link as it is set up. One that differs in anything from what runs is ended and started anew.

    `way`: `TCP` listens on `host` and `port`, `SERIAL` opens `device` (a path, or what `serial_for_url` takes, such as
    `socket://box:4001` or `rfc2217://box:4001`). `allowed`: networks that may connect; none: any. `check`: whether the
    serial line has check bytes. `protocol`: `FIAS`, or `XML_POS` in the same frames.
    """

    id: int
    code: str
    way: str = TCP
    host: str = "127.0.0.1"
    port: int = 5010
    device: str = ""
    baud: int = 9600
    data_bits: int = 8
    parity: str = "N"
    check: bool = True
    allowed: tuple[IPv4Network | IPv6Network, ...] = ()
    protocol: str = FIAS
    encoding: str = "cp1252"
    decimals: int = 2
    settings: LinkSettings = field(default_factory=LinkSettings)


class Conversation(Protocol):
    """The link as a handler sees it: how it is set up, and what the other side asked for.

    What handlers return is shaped afterwards: what was not asked for is left out. They ask only where the shape of the
    answer depends on it, such as a room move on a link that knows no old room.
    """

    @property
    def facts(self) -> LinkFacts:
        """How the link is set up."""

    @property
    def description(self) -> Record | None:
        """Their LD."""

    def wants(self, id_: str) -> tuple[str, ...] | None:
        """The fields of a record that were asked for; None: it is not sent at all."""

    def asks(self, id_: str, code: str) -> bool:
        """Whether a field of a record was asked for."""


@dataclass(frozen=True, slots=True)
class News:
    """An entry of a link's outbox, with what is to be sent for it, in order: none, where the link asked for none."""

    id: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a resync sends between DS and DE. `up_to`: the newest outbox entry that it makes superfluous.

    `records` may be a generator; it is drawn from little by little, between other work of the link.
    """

    records: Iterable[Record]
    up_to: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A record on the line, for the monitor: its text, cards and PINs masked. `way` is `IN` or `OUT`."""

    at: datetime
    way: str
    text: str


@dataclass(frozen=True, slots=True)
class LinkState:
    """A link at a moment, for the monitor. `phase`: `closed`, `down`, `alive`, `ending`.

    `peer`: who is connected. `description` and `lists`: their LD, and what they asked for by record. `trouble`: why
    there is no line (the port is taken, the device is gone), in the machine's words. `spoken`: what was said since the
    state was shown last, oldest first; more than the runtime keeps is dropped from the front.
    """

    link_id: int
    phase: str
    peer: str | None = None
    since: datetime | None = None
    heard_at: datetime | None = None
    sent_at: datetime | None = None
    description: str | None = None
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    refused_lists: tuple[str, ...] = ()
    resyncing: bool = False
    dropped_bytes: int = 0
    trouble: str | None = None
    spoken: tuple[Spoken, ...] = ()


class Hotel(Protocol):
    """Everything the runtime asks of the house."""

    def links(self) -> Sequence[LinkFacts]:
        """The links that are to run now; asked every few seconds."""

    def answer(self, link: Conversation, record: Record, received_at: datetime) -> list[Record]:
        """What is answered to a record, in order; nothing for one that has no answer or is not known.

        `received_at` is UTC. A refusal is an answer with its status, not an exception.
        """

    def waiting(self) -> Collection[int]:
        """The ids of links that have news; asked about twice a second, for all links at once."""

    def outgoing(self, link: Conversation, most: int) -> list[News]:
        """The oldest entries of the link's outbox that were not named to `sent` yet, in order."""

    def sent(self, link: Conversation, ids: Sequence[int], *, refused: bool = False) -> None:
        """These entries went out, or were refused by the other side for good."""

    def resync(self, link: Conversation) -> Snapshot:
        """Who is in which room: GI and GO with SF, as the link asks for them. DS and DE are not among them."""

    def resynced(self, link: Conversation, up_to: int) -> None:
        """The resync went out to its end: the outbox up to here has been replaced."""

    def resync_asked(self) -> Collection[int]:
        """The ids of links for which somebody at the desk asked for a resync, each told once."""

    def shows(self, states: Sequence[LinkState]) -> None:
        """States for the monitor: about once a second those that have changed, and twice a minute all."""
