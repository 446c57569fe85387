"""The tables of the rates: rate codes and their dated prices per room type. Rules: `rates.py`."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base
from folios.models import one_of

MEAL_PLANS = ("room_only", "breakfast", "half_board", "full_board", "all_inclusive")


class RateCode(Base):
    """What a stay pays by. `transaction_code` is the charge that the night audit posts for a night at this rate."""

    __tablename__ = "rate_code"
    __table_args__ = (one_of("meal_plan", MEAL_PLANS),)

    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    transaction_code: Mapped[str] = mapped_column(sa.ForeignKey("transaction_code.code"), default="ROOM")
    meal_plan: Mapped[str] = mapped_column(sa.String(16), default="room_only")
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class RatePrice(Base):
    """What one night of a room type costs from `from_date` up to, not including, `to_date`, as entered: the tax follows
    from the rate's transaction code.
    """

    __tablename__ = "rate_price"
    __table_args__ = (
        sa.CheckConstraint("price_minor >= 0", name="price_not_negative"),
        sa.CheckConstraint("to_date > from_date", name="lasts"),
    )

    rate_code: Mapped[str] = mapped_column(sa.ForeignKey("rate_code.code"), primary_key=True)
    room_type_id: Mapped[int] = mapped_column(sa.ForeignKey("room_type.id"), primary_key=True)
    from_date: Mapped[date] = mapped_column(primary_key=True)
    to_date: Mapped[date]
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
