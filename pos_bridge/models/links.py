"""The tables of the links: how each is set up, what came over it and was answered, what it was told last, and what the
desk and the other side ask of each other (wake-up calls, messages for guests, signs of rooms, keys).

The outbox of the links is the table of the news (`messages.News`); where each link has got in it stands in its state.
Rules: `links.py`, `pos_bridge.fias_desk`, `wake_ups.py`, `guest_messages.py`, `door_keys.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime
from folios.models import one_of
from pos_bridge.models.outlets import CODE_LENGTH

WAYS = ("tcp", "serial")
PROTOCOLS = ("fias", "xml_pos")
PARITIES = ("N", "E", "O")
WAKE_UP_STATES = ("set", "sent", "answered", "unanswered", "cleared")
KEY_STATES = ("asked", "done", "refused")
KEY_KINDS = ("N", "D", "O")


class Link(Base):
    """A line to an outlet's system: who is reached on it how, and what it may do.

    `records` are the ids it may send, separated by spaces; empty: all that are supported. `allowed`: networks that may
    connect, separated by spaces; empty: any. `to_suspense`: what cannot be placed goes to the outlet's suspense folio
    and is answered as done, instead of being refused. `over_limit`: the other side may let a charge pass the limit.
    """

    __tablename__ = "link"
    __table_args__ = (
        one_of("way", WAYS),
        one_of("protocol", PROTOCOLS),
        one_of("parity", PARITIES),
        sa.CheckConstraint("port BETWEEN 1 AND 65535", name="port_possible"),
        sa.CheckConstraint("decimals BETWEEN 0 AND 4", name="decimals_possible"),
        sa.CheckConstraint("way <> 'serial' OR device IS NOT NULL", name="serial_has_device"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(CODE_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    protocol: Mapped[str] = mapped_column(sa.String(8), default="fias")
    way: Mapped[str] = mapped_column(sa.String(8), default="tcp")
    host: Mapped[str] = mapped_column(sa.String(45), default="127.0.0.1")
    port: Mapped[int] = mapped_column(default=5010)
    allowed: Mapped[str] = mapped_column(sa.String(500), default="")
    device: Mapped[str | None] = mapped_column(sa.String(200))
    baud: Mapped[int] = mapped_column(default=9600)
    data_bits: Mapped[int] = mapped_column(sa.SmallInteger, default=8)
    parity: Mapped[str] = mapped_column(sa.String(1), default="N")
    check_bytes: Mapped[bool] = mapped_column(default=True)
    encoding: Mapped[str] = mapped_column(sa.String(20), default="cp1252")
    decimals: Mapped[int] = mapped_column(sa.SmallInteger, default=2)
    silence_s: Mapped[int | None]
    records: Mapped[str] = mapped_column(sa.String(200), default="")
    negative: Mapped[bool] = mapped_column(default=False)
    over_limit: Mapped[bool] = mapped_column(default=False)
    to_suspense: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class LinkOutlet(Base):
    """For which terminal a link charges, by the outlet's number in field SO; "" stands for every other."""

    __tablename__ = "link_outlet"

    link_id: Mapped[int] = mapped_column(sa.ForeignKey("link.id"), primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    terminal_code: Mapped[str] = mapped_column(sa.ForeignKey("terminal.code"), index=True)


class LinkPayment(Base):
    """What a payment method of field PM is: a tender's `code`, or a charge to the room when there is none.

    `folio_id` is the drawer that cash goes into.
    """

    __tablename__ = "link_payment"

    link_id: Mapped[int] = mapped_column(sa.ForeignKey("link.id"), primary_key=True, autoincrement=False)
    method: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    code: Mapped[str | None] = mapped_column(sa.ForeignKey("transaction_code.code"))
    folio_id: Mapped[int | None] = mapped_column(sa.ForeignKey("folio.id"))


class LinkMessage(Base):
    """A posting as it came over a link, with the records it was answered by: written with the charge itself.

    What it is known again by: `number` (P#), `sent` (DA and TI), `check_number` (C#) and the hash of all that it says.
    """

    __tablename__ = "link_message"
    __table_args__ = (
        sa.Index("ix_link_message_link_id", "link_id", "number", "received_at"),
        sa.Index("ix_link_message_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    link_id: Mapped[int] = mapped_column(sa.ForeignKey("link.id"))
    number: Mapped[str] = mapped_column(sa.String(16))
    sent: Mapped[str] = mapped_column(sa.String(16))
    check_number: Mapped[str] = mapped_column(sa.String(32))
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    voucher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("voucher.id"))
    answer: Mapped[list[Any]] = mapped_column(sa.JSON)


class LinkState(Base):
    """A link as it was found last, for the monitor, and where it has got in the news.

    What is up to (`seen_turn`, `seen_id`) went out. What is up to (`replaced_turn`, `replaced_id`) and tells who is in
    which room was replaced by a resync. `spoken`: the last records both ways, oldest first, as [moment, way, text].
    """

    __tablename__ = "link_state"

    link_id: Mapped[int] = mapped_column(sa.ForeignKey("link.id"), primary_key=True, autoincrement=False)
    phase: Mapped[str] = mapped_column(sa.String(8), default="closed")
    peer: Mapped[str | None] = mapped_column(sa.String(100))
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    description: Mapped[str | None] = mapped_column(sa.Text)
    lists: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    refused_lists: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    resyncing: Mapped[bool] = mapped_column(default=False)
    dropped_bytes: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    trouble: Mapped[str | None] = mapped_column(sa.String(200))
    spoken: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    resync_asked: Mapped[bool] = mapped_column(default=False)
    seen_turn: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    seen_id: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    replaced_turn: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    replaced_id: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class WakeUp(Base):
    """A call that a guest asked for. `at` is the moment, `next_at` when the exchange is to call next.

    Not answered, it is called again; after `wake_ups.MOST_TRIES` it is `unanswered`, until somebody has gone there.
    """

    __tablename__ = "wake_up"
    __table_args__ = (
        one_of("state", WAKE_UP_STATES),
        sa.Index("ix_wake_up_state", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("room.id"), index=True)
    stay_id: Mapped[int] = mapped_column(sa.ForeignKey("stay.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(sa.String(12), default="set")
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    answer: Mapped[str | None] = mapped_column(sa.String(2))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    set_by: Mapped[str] = mapped_column(sa.String(40))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_by: Mapped[str | None] = mapped_column(sa.String(32))


class GuestMessage(Base):
    """A text for a guest in house, told to televisions and telephones. `read_at`: when the room showed it."""

    __tablename__ = "guest_message"

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    stay_id: Mapped[int] = mapped_column(sa.ForeignKey("stay.id"), index=True)
    text: Mapped[str] = mapped_column(sa.String(1000))
    written_by: Mapped[str] = mapped_column(sa.String(40))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoomSign(Base):
    """What stands on a room's door or in its telephone: do not disturb, message light, rights, by field of RE."""

    __tablename__ = "room_sign"

    room_id: Mapped[int] = mapped_column(sa.ForeignKey("room.id"), primary_key=True, autoincrement=False)
    sign: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(8))
    set_by: Mapped[str] = mapped_column(sa.String(40))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeyRequest(Base):
    """A key that the desk asked a door-lock system for, and what came of it. `kind`: new, a second one, for once."""

    __tablename__ = "key_request"
    __table_args__ = (
        one_of("state", KEY_STATES),
        one_of("kind", KEY_KINDS),
        sa.Index("ix_key_request_link_id", "link_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    link_id: Mapped[int] = mapped_column(sa.ForeignKey("link.id"))
    stay_id: Mapped[int] = mapped_column(sa.ForeignKey("stay.id"), index=True)
    room: Mapped[str] = mapped_column(sa.String(8))
    coder: Mapped[str] = mapped_column(sa.String(8))
    kind: Mapped[str] = mapped_column(sa.String(1))
    keys: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    state: Mapped[str] = mapped_column(sa.String(8), default="asked")
    status: Mapped[str | None] = mapped_column(sa.String(2))
    text: Mapped[str | None] = mapped_column(sa.String(50))
    asked_by: Mapped[str] = mapped_column(sa.String(32))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
