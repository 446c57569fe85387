"""The tables of who may be charged by outlets: stops, those who share a room, and the hotel's own cards.

Rules: `charge_stops.py`, `sharers.py`, `charge_cards.py`.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId
from frontoffice.models.stays import MOST_WINDOWS


class ChargeStop(Base):
    """Outlets may not charge a folio: one of them, by its code, or every outlet (None). The desk still can."""

    __tablename__ = "charge_stop"
    __table_args__ = (
        sa.UniqueConstraint("folio_id", "outlet"),
        sa.Index(
            "uq_charge_stop_every_outlet",
            "folio_id",
            unique=True,
            sqlite_where=sa.text("outlet IS NULL"),
            postgresql_where=sa.text("outlet IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"))
    outlet: Mapped[str | None] = mapped_column(sa.String(16))
    reason: Mapped[str] = mapped_column(sa.String(200))
    set_on: Mapped[date]
    set_by: Mapped[str] = mapped_column(sa.String(32))


class StaySharer(Base):
    """A second person, named, who lives in the room of a stay; their charges go to one of the stay's windows."""

    __tablename__ = "stay_sharer"
    __table_args__ = (
        sa.UniqueConstraint("stay_id", "guest_id"),
        sa.CheckConstraint(f"window_number BETWEEN 1 AND {MOST_WINDOWS}", name="one_to_eight"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    stay_id: Mapped[int] = mapped_column(sa.ForeignKey("stay.id"))
    guest_id: Mapped[int] = mapped_column(sa.ForeignKey("guest.id"), index=True)
    window: Mapped[int] = mapped_column("window_number", sa.SmallInteger, default=1)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class ChargeCard(Base):
    """One of the hotel's own cards (staff badge, club card, key card), and the account or stay it charges."""

    __tablename__ = "charge_card"
    __table_args__ = (sa.CheckConstraint("(folio_id IS NULL) <> (stay_id IS NULL)", name="one_owner"),)

    number: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    folio_id: Mapped[int | None] = mapped_column(sa.ForeignKey("folio.id"), index=True)
    stay_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stay.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    given_on: Mapped[date]
    given_by: Mapped[str] = mapped_column(sa.String(32))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling
