"""The table of fixed charges: what a stay is charged again and again without anybody posting it. Rules:
`fixed_charges.py`.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId
from folios.models import one_of
from frontoffice.models.stays import MOST_WINDOWS

FREQUENCIES = ("once", "daily", "weekly", "monthly", "quarterly", "yearly")
MOST_TEXT = 200


class FixedCharge(Base):
    """A charge of a stay that the night audit posts with room and tax: once, or from `from_date` on by its frequency.

    It ends with the stay, or with `to_date`, which still counts. `price_minor` is for one of `quantity`, as a charge's.
    One that was ended is not `active`; it stays here for what it posted.
    """

    __tablename__ = "fixed_charge"
    __table_args__ = (
        one_of("frequency", FREQUENCIES),
        sa.CheckConstraint("price_minor > 0", name="price_positive"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("to_date >= from_date", name="lasts"),
        sa.CheckConstraint(f"window_number BETWEEN 1 AND {MOST_WINDOWS}", name="one_to_eight"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    stay_id: Mapped[int] = mapped_column(sa.ForeignKey("stay.id"), index=True)
    window: Mapped[int] = mapped_column("window_number", sa.SmallInteger, default=1)
    code: Mapped[str] = mapped_column(sa.ForeignKey("transaction_code.code"))
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    quantity: Mapped[int] = mapped_column(default=1)
    frequency: Mapped[str] = mapped_column(sa.String(12))
    from_date: Mapped[date]
    to_date: Mapped[date | None]
    text: Mapped[str | None] = mapped_column(sa.String(MOST_TEXT))
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling
