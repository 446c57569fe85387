"""The tables of the outlets: what they sell and how it is booked, their terminals, and the keys these sign in with.

Whatever changes here draws the ledger's catalogue mark anew (`pos_bridge.book`), so that what a process keeps of it is
known stale by the statement that posts. Rules: `outlets.py`, `terminals.py`.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime
from folios.models import one_of

TREATMENTS = ("inside", "added")
LINE_KINDS = ("item", "tax", "service", "tip")
TERMINAL_RIGHTS = ("inquire", "charge", "void", "report", "events")
CODE_LENGTH = 16


class Outlet(Base):
    """A restaurant, bar, spa, telephone exchange: whoever sends charges. `folio_id` is its control folio.

    `treatment`: its prices hold the taxes `inside`, or the till has them `added` as lines of their own. What cannot be
    placed goes to `suspense_folio_id`; without one it is refused. `shows_guest`: its slips name room and guest.
    """

    __tablename__ = "outlet"
    __table_args__ = (one_of("treatment", TREATMENTS),)

    code: Mapped[str] = mapped_column(sa.String(CODE_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"), unique=True)
    treatment: Mapped[str] = mapped_column(sa.String(8), default="inside")
    suspense_folio_id: Mapped[int | None] = mapped_column(sa.ForeignKey("folio.id"))
    shows_guest: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class OutletCode(Base):
    """The transaction code that a line of an outlet's check is booked with, by its kind and the till's own number.

    Number 0 stands for every number that has no row of its own.
    """

    __tablename__ = "outlet_code"
    __table_args__ = (one_of("kind", LINE_KINDS), sa.CheckConstraint("number BETWEEN 0 AND 99", name="number_of_till"))

    outlet_code: Mapped[str] = mapped_column(sa.ForeignKey("outlet.code"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    number: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(sa.ForeignKey("transaction_code.code"))


class Article(Base):
    """Something an outlet sells at a price of ours (a minibar): the till sends its number and how many."""

    __tablename__ = "article"
    __table_args__ = (
        sa.CheckConstraint("number BETWEEN 1 AND 9999", name="number_of_four_digits"),
        sa.CheckConstraint("price_minor > 0", name="price_positive"),
    )

    outlet_code: Mapped[str] = mapped_column(sa.ForeignKey("outlet.code"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(40))
    code: Mapped[str] = mapped_column(sa.ForeignKey("transaction_code.code"))
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class Tariff(Base):
    """What a call costs by the digits it begins with; the longest beginning that fits counts, "" fits every number.

    Minor units: once a call, for each begun minute, and for each pulse.
    """

    __tablename__ = "tariff"
    __table_args__ = (
        sa.CheckConstraint("connection_minor >= 0 AND minute_minor >= 0 AND pulse_minor >= 0", name="not_negative"),
    )

    outlet_code: Mapped[str] = mapped_column(sa.ForeignKey("outlet.code"), primary_key=True)
    prefix: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    code: Mapped[str] = mapped_column(sa.ForeignKey("transaction_code.code"))
    connection_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    minute_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    pulse_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class Terminal(Base):
    """A till or other sender of an outlet. `rights`: words of `TERMINAL_RIGHTS`, sorted, separated by spaces."""

    __tablename__ = "terminal"

    code: Mapped[str] = mapped_column(sa.String(CODE_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    outlet_code: Mapped[str] = mapped_column(sa.ForeignKey("outlet.code"), index=True)
    rights: Mapped[str] = mapped_column(sa.String(100))
    active: Mapped[bool] = mapped_column(default=True)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class TerminalKey(Base):
    """What a terminal signs in with. The key itself is shown once and kept as SHA-256: it is drawn, never chosen.

    `beginning` tells keys apart on a screen. `addresses`: networks (`10.0.0.0/24`) separated by spaces it may come
    from; empty for any.
    """

    __tablename__ = "terminal_key"

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    terminal_code: Mapped[str] = mapped_column(sa.ForeignKey("terminal.code"), index=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    beginning: Mapped[str] = mapped_column(sa.String(12))
    addresses: Mapped[str] = mapped_column(sa.String(500), default="")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by: Mapped[str] = mapped_column(sa.String(32))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(sa.String(32))


class WrongKey(Base):
    """An attempt with a key that is none, by the address it came from; too many make that address wait."""

    __tablename__ = "wrong_key"
    __table_args__ = (sa.Index("ix_wrong_key_address", "address", "at"),)

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(45))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
