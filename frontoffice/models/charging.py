"""The tables of what the desk says about charging from outlets: who may not charge, who else lives in a room, which
card belongs to whom. The outlets' terminals read them. Rules: `charge_stops.py`, `sharers.py`, `charge_cards.py`.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId
from frontoffice.models.stays import MOST_WINDOWS

OUTLET_LENGTH, REASON_LENGTH, CARD_LENGTH = 16, 200, 40


class ChargeStop(Base):
    """A folio that outlets may not charge: one `outlet` by its code, or none of them when there is no code.

    The desk itself still can. A folio has one stop per outlet at most, and one for every outlet.
    """

    __tablename__ = "charge_stop"
    __table_args__ = (
        sa.Index(
            "uq_charge_stop_folio_id_outlet",
            "folio_id",
            "outlet",
            unique=True,
            sqlite_where=sa.text("outlet IS NOT NULL"),
            postgresql_where=sa.text("outlet IS NOT NULL"),
        ),
        sa.Index(
            "uq_charge_stop_folio_id",
            "folio_id",
            unique=True,
            sqlite_where=sa.text("outlet IS NULL"),
            postgresql_where=sa.text("outlet IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"))
    outlet: Mapped[str | None] = mapped_column(sa.String(OUTLET_LENGTH))
    reason: Mapped[str] = mapped_column(sa.String(REASON_LENGTH))
    set_on: Mapped[date]
    set_by: Mapped[str] = mapped_column(sa.String(32))


class StaySharer(Base):
    """A second person who lives in the room of a stay, named; never the stay's own guest.

    `window` is the stay's window that their charges go to. It may not be there before the stay has begun.
    """

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
    """A card of the house that charges go by: a staff badge, a club card, a key card. Never a payment card.

    It belongs to a folio or to a stay. One that was taken back is not `active`; it stays here until it is given anew.
    """

    __tablename__ = "charge_card"
    __table_args__ = (sa.CheckConstraint("(folio_id IS NULL) <> (stay_id IS NULL)", name="of_folio_or_stay"),)

    number: Mapped[str] = mapped_column(sa.String(CARD_LENGTH), primary_key=True)
    folio_id: Mapped[int | None] = mapped_column(sa.ForeignKey("folio.id"), index=True)
    stay_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stay.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    given_on: Mapped[date]
    given_by: Mapped[str] = mapped_column(sa.String(32))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling
