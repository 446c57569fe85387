"""The tables of cashiering: the folios where cash lies, the shifts of the cashiers, and what they counted.

A drawer is a control folio, so what it should hold is its balance; nothing of that is kept here a second time. Rules:
`cashiering.py`, `shifts.py`.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime
from folios.models import one_of

CASH_PLACES = ("drawer", "safe", "over", "short", "bank")


class CashFolio(Base):
    """A control folio that stands for a place of cash: a drawer, the safe, the way to the bank, what was over or short.

    There are as many drawers as the hotel has; of the others there is one each.
    """

    __tablename__ = "cash_folio"
    __table_args__ = (
        one_of("place", CASH_PLACES),
        sa.Index(
            "uq_cash_folio_place",
            "place",
            unique=True,
            sqlite_where=sa.text("place <> 'drawer'"),
            postgresql_where=sa.text("place <> 'drawer'"),
        ),
    )

    folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"), primary_key=True, autoincrement=False)
    place: Mapped[str] = mapped_column(sa.String(8))
    active: Mapped[bool] = mapped_column(default=True)


class Denomination(Base):
    """A coin or note of the ledger's currency, by its value; cash is counted by these."""

    __tablename__ = "denomination"
    __table_args__ = (sa.CheckConstraint("value_minor > 0", name="value_positive"),)

    value_minor: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)


class Shift(Base):
    """One cashier at one drawer, from the float to the count. A cashier has one open shift, and so has a drawer.

    `float_minor` is what the drawer began with. Expected, counted and dropped are written when it is closed, in minor
    units; what stays in the drawer is the next float. The keys tell a form that is sent again, at either end.
    """

    __tablename__ = "shift"
    __table_args__ = (
        one_of("status", ("open", "closed")),
        sa.CheckConstraint("float_minor >= 0", name="float_not_negative"),
        sa.CheckConstraint("(status = 'closed') = (closed_on IS NOT NULL)", name="closed_on_a_day"),
        sa.CheckConstraint("(status = 'closed') = (counted_minor IS NOT NULL)", name="closed_after_a_count"),
        sa.Index(
            "uq_shift_open_cashier",
            "cashier",
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        ),
        sa.Index(
            "uq_shift_open_drawer_folio_id",
            "drawer_folio_id",
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        ),
        sa.Index("ix_shift_opened_on", "opened_on"),
        sa.UniqueConstraint("opening_key"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    cashier: Mapped[str] = mapped_column(sa.String(32))
    drawer_folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"))
    status: Mapped[str] = mapped_column(sa.String(8), default="open")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_on: Mapped[date]
    float_minor: Mapped[int] = mapped_column(sa.BigInteger)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_on: Mapped[date | None]
    closed_by: Mapped[str | None] = mapped_column(sa.String(32))
    expected_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    counted_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    dropped_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    bag: Mapped[str | None] = mapped_column(sa.String(40))
    witness: Mapped[str | None] = mapped_column(sa.String(32))
    remark: Mapped[str | None] = mapped_column(sa.String(500))
    opening_key: Mapped[str | None] = mapped_column(sa.String(100))
    closing_key: Mapped[str | None] = mapped_column(sa.String(100))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class ShiftCount(Base):
    """How many pieces of a coin or note were counted at the end of a shift."""

    __tablename__ = "shift_count"
    __table_args__ = (sa.CheckConstraint("pieces > 0", name="pieces_positive"),)

    shift_id: Mapped[int] = mapped_column(sa.ForeignKey("shift.id"), primary_key=True)
    value_minor: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    pieces: Mapped[int]
