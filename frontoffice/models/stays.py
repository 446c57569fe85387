"""The tables of the stays: the stay itself, its nights, its windows, and the house limits. Rules: `lifecycle.py`,
`reservations.py`, `stays.py`, `windows.py`, `deposits.py`.

A reservation is a stay that has not begun, so one row carries both; a stay points to its folios, never the reverse.
"""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId
from folios.models import TENDERS, one_of

STATES = ("confirmed", "cancelled", "no_show", "in_house", "departed")
NATURES = ("paying", "complimentary", "house_use")
MOST_WINDOWS = 8


class Stay(Base):
    """One booking and its occupancy. A day use departs on the day it arrives.

    `room_type_id` is the type that was booked and priced; which type a night takes from the inventory stands with the
    night. `source` and `reference` are an outside system's, so that an import can be repeated.
    A `guaranteed` one is kept for the guest all night, and may be charged when nobody comes.
    """

    __tablename__ = "stay"
    __table_args__ = (
        one_of("status", STATES),
        one_of("nature", NATURES),
        one_of("payment_method", TENDERS),
        sa.UniqueConstraint("source", "reference"),
        sa.CheckConstraint("(source IS NULL) = (reference IS NULL)", name="reference_has_source"),
        sa.CheckConstraint("departure >= arrival", name="departs_after_arrival"),
        sa.CheckConstraint("adults >= 1 AND children >= 0", name="somebody_comes"),
        sa.CheckConstraint("status <> 'in_house' OR room_id IS NOT NULL", name="in_house_in_a_room"),
        sa.CheckConstraint("(status = 'cancelled') = (cancelled_on IS NOT NULL)", name="cancelled_on_a_day"),
        sa.CheckConstraint(
            "(status IN ('in_house', 'departed')) = (checked_in_on IS NOT NULL)", name="checked_in_on_a_day"
        ),
        sa.CheckConstraint("(status = 'departed') = (departed_on IS NOT NULL)", name="departed_on_a_day"),
        sa.CheckConstraint("checked_in_on = arrival", name="checked_in_on_arrival"),
        sa.CheckConstraint("departed_on = departure", name="departed_on_departure"),
        sa.CheckConstraint("deposit_asked_minor > 0", name="deposit_asked_positive"),
        sa.CheckConstraint("(deposit_asked_minor IS NULL) = (deposit_due_on IS NULL)", name="deposit_due_on_a_day"),
        sa.Index(
            "uq_stay_in_house_room_id",
            "room_id",
            unique=True,
            sqlite_where=sa.text("status = 'in_house'"),
            postgresql_where=sa.text("status = 'in_house'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(16), default="confirmed", index=True)
    nature: Mapped[str] = mapped_column(sa.String(16), default="paying")
    room_type_id: Mapped[int] = mapped_column(sa.ForeignKey("room_type.id"))
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("room.id"), index=True)
    guest_id: Mapped[int] = mapped_column(sa.ForeignKey("guest.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("company.id"), index=True)
    agent: Mapped[str | None] = mapped_column(sa.String(100))
    rate_code: Mapped[str] = mapped_column(sa.ForeignKey("rate_code.code"))
    adults: Mapped[int] = mapped_column(sa.SmallInteger)
    children: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    arrival: Mapped[datetime.date] = mapped_column(index=True)
    departure: Mapped[datetime.date] = mapped_column(index=True)
    booked_on: Mapped[datetime.date]
    cancelled_on: Mapped[datetime.date | None] = mapped_column(index=True)
    checked_in_on: Mapped[datetime.date | None]
    departed_on: Mapped[datetime.date | None]
    payment_method: Mapped[str | None] = mapped_column(sa.String(16))
    guaranteed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    deposit_asked_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    deposit_due_on: Mapped[datetime.date | None] = mapped_column(index=True)
    deposit_folio_id: Mapped[int | None] = mapped_column(sa.ForeignKey("folio.id"), unique=True)
    source: Mapped[str | None] = mapped_column(sa.String(40))
    reference: Mapped[str | None] = mapped_column(sa.String(100), index=True)
    remark: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling

    @hybrid_property
    def number(self) -> str:
        """The number on the confirmation and the bill."""
        return str(self.id)

    @number.inplace.expression
    @classmethod
    def _number(cls) -> sa.ColumnElement[str]:
        return sa.cast(cls.id, sa.String)

    @property
    def nights(self) -> int:
        """How many nights the stay is booked for; none for a day use."""
        return (self.departure - self.arrival).days


class StayNight(Base):
    """One night of a stay: its price, and the guard that no room is sold twice for a night.

    A stay has one row per date from its arrival up to the day before its departure. A day use has one row for its day,
    which carries its price and never a room: a room used by day can be sold for the night. The nights of a cancelled
    stay or a no-show stay where they are, without a room. `room_type_id` is the type taken from the inventory.
    """

    __tablename__ = "stay_night"
    __table_args__ = (
        sa.UniqueConstraint("room_id", "date"),
        sa.CheckConstraint("price_minor >= 0", name="price_not_negative"),
        sa.CheckConstraint("(override_reason IS NULL) = (overridden_by IS NULL)", name="override_has_reason"),
        sa.Index("ix_stay_night_date", "date", "room_type_id"),
    )

    stay_id: Mapped[int] = mapped_column(sa.ForeignKey("stay.id"), primary_key=True)
    date: Mapped[datetime.date] = mapped_column(primary_key=True)
    room_type_id: Mapped[int] = mapped_column(sa.ForeignKey("room_type.id"))
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("room.id"))
    rate_code: Mapped[str] = mapped_column(sa.ForeignKey("rate_code.code"))
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    override_reason: Mapped[str | None] = mapped_column(sa.String(200))
    overridden_by: Mapped[str | None] = mapped_column(sa.String(32))


class StayWindow(Base):
    """One of up to eight individual folios of a stay."""

    __tablename__ = "stay_window"
    __table_args__ = (sa.CheckConstraint(f"window_number BETWEEN 1 AND {MOST_WINDOWS}", name="one_to_eight"),)

    stay_id: Mapped[int] = mapped_column(sa.ForeignKey("stay.id"), primary_key=True)
    window: Mapped[int] = mapped_column("window_number", sa.SmallInteger, primary_key=True, autoincrement=False)
    folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"), unique=True)


class HouseLimit(Base):
    """The highest balance allowed to a guest who pays by `method`; no amount means no limit."""

    __tablename__ = "house_limit"
    __table_args__ = (
        one_of("method", TENDERS),
        sa.CheckConstraint("limit_minor >= 0", name="limit_not_negative"),
    )

    method: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    limit_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    version: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling
