"""The tables of the rooms: room types, rooms, outages. Rules: `rooms.py`; what is free: `availability.py`.

Every period of the house is half open: `from_date` belongs to it, `to_date` does not, as a departure day is no night.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId
from folios.models import one_of

OCCUPANCIES = ("vacant", "occupied")
CONDITIONS = ("clean", "dirty", "inspected")
OUTAGES = ("out_of_order", "out_of_service")


class RoomType(Base):
    """A kind of room that is sold. How many there are of it is counted from its rooms, never stored."""

    __tablename__ = "room_type"

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class Room(Base):
    """A room: part of the inventory from the day `since`, up to the day `until` when it has left the house.

    `occupancy` is the desk's. `found` is what housekeeping saw with its own eyes on the business date `found_on`; it
    counts on that date only, and no longer than until the desk changes the occupancy.
    """

    __tablename__ = "room"
    __table_args__ = (
        one_of("occupancy", OCCUPANCIES),
        one_of("condition", CONDITIONS),
        one_of("found", OCCUPANCIES),
        sa.CheckConstraint("(found IS NULL) = (found_on IS NULL)", name="found_on_a_day"),
        sa.CheckConstraint("until >= since", name="leaves_after_it_came"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(8), unique=True)
    room_type_id: Mapped[int] = mapped_column(sa.ForeignKey("room_type.id"), index=True)
    floor: Mapped[str | None] = mapped_column(sa.String(16))
    occupancy: Mapped[str] = mapped_column(sa.String(8), default="vacant")
    condition: Mapped[str] = mapped_column(sa.String(16), default="clean")
    found: Mapped[str | None] = mapped_column(sa.String(8))
    found_on: Mapped[date | None]
    since: Mapped[date]
    until: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling

    @hybrid_property
    def active(self) -> bool:
        """Whether the room still belongs to the house."""
        return self.until is None

    @active.inplace.expression
    @classmethod
    def _active(cls) -> sa.ColumnElement[bool]:
        return cls.until.is_(None)


class RoomOutage(Base):
    """A time when a room is out. Out of order: it cannot be sold. Out of service: it can, if somebody accepts that."""

    __tablename__ = "room_outage"
    __table_args__ = (
        one_of("kind", OUTAGES),
        sa.CheckConstraint("to_date > from_date", name="lasts"),
        sa.Index("ix_room_outage_room_id", "room_id", "from_date"),
        sa.Index("ix_room_outage_to_date", "to_date"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("room.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    from_date: Mapped[date]
    to_date: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(200))
