"""The table of what the clock started. Its jobs themselves are kept by the scheduler in a table of its own."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, UtcDateTime
from folios.models import one_of

RUN_STATES = ("running", "done", "failed")


class ScheduledRun(Base):
    """A job at one of its times. The row is what decides: of several processes the one that writes it does the work."""

    __tablename__ = "scheduled_run"
    __table_args__ = (one_of("status", RUN_STATES),)

    job: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    slot: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(8))
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    alive_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told: Mapped[str | None] = mapped_column(sa.String(1000))
