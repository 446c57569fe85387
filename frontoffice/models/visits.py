"""The tables of the browser's visits: attempts to sign in, visits that ended, forms sent or waiting for a sign-in.

Rules: `sign_in.py`, `submissions.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime
from folios.models import one_of


class SignInAttempt(Base):
    """One attempt to sign in (or to approve) as somebody; what is not granted counts against the next."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        one_of("outcome", ("refused", "granted")),
        sa.Index("ix_sign_in_attempt_user_code", "user_code", "at"),
        sa.Index("ix_sign_in_attempt_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    user_code: Mapped[str] = mapped_column(sa.String(32))
    address: Mapped[str] = mapped_column(sa.String(45))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(sa.String(8))


class EndedVisit(Base):
    """A visit that somebody signed out of. Its cookie, wherever a copy of it lies, opens nothing any more."""

    __tablename__ = "ended_visit"
    __table_args__ = (sa.Index("ix_ended_visit_at", "at"),)

    token: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Submission(Base):
    """A form that was sent and done: sent again, its first answer is given and nothing is done twice."""

    __tablename__ = "submission"
    __table_args__ = (sa.Index("ix_submission_at", "at"),)

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    operator: Mapped[str] = mapped_column(sa.String(32))
    path: Mapped[str] = mapped_column(sa.String(200))
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    location: Mapped[str] = mapped_column(sa.String(500), default="")
    message: Mapped[str] = mapped_column(sa.String(500), default="")


class HeldForm(Base):
    """What somebody typed into a form and sent after the session had timed out; given back after the next sign-in."""

    __tablename__ = "held_form"
    __table_args__ = (sa.Index("ix_held_form_at", "at"),)

    token: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    operator: Mapped[str] = mapped_column(sa.String(32))
    path: Mapped[str] = mapped_column(sa.String(500))
    fields: Mapped[list[Any]] = mapped_column(sa.JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
