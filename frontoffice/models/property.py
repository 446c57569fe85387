"""The table of the hotel itself. Its currency and business date are the ledger's and stand there."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base


class Property(Base):
    """The one row that says whose books these are. `time_zone` is a zone's name, `country` two letters (ISO 3166).

    After `idle_minutes` without a click somebody at the desk has to sign in again.
    """

    __tablename__ = "property"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    name: Mapped[str] = mapped_column(sa.String(200))
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    country: Mapped[str | None] = mapped_column(sa.String(2))
    idle_minutes: Mapped[int] = mapped_column(default=30, server_default=sa.text("30"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling
