"""The tables of what the desk keeps beside the books: groups, disputed lines, notes and traces, and long work.

Rules: `groups.py`, `disputes.py`, `notes.py`, `jobs.py`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime
from folios.models import one_of

DISPUTE_STATES = ("open", "settled")
SETTLEMENTS = ("allowed", "moved", "upheld", "agreed")
NOTE_SUBJECTS = ("stay", "guest", "company", "folio")
JOB_STATES = ("waiting", "running", "done", "failed")


class StayGroup(Base):
    """Stays that belong together, and the master folio that takes what is kept off their own folios."""

    __tablename__ = "stay_group"

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("company.id"), index=True)
    folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"), unique=True)
    remark: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class GroupMember(Base):
    """A stay's group; a stay has one at most."""

    __tablename__ = "group_member"

    stay_id: Mapped[int] = mapped_column(sa.ForeignKey("stay.id"), primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("stay_group.id"), index=True)


class Dispute(Base):
    """A line that a guest contests: open until it is settled, and how. A posting has one open dispute at most.

    `voucher_id` is the allowance or the transfer it was settled with, where there was one.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        one_of("status", DISPUTE_STATES),
        one_of("settlement", SETTLEMENTS),
        sa.CheckConstraint("(status = 'settled') = (settled_on IS NOT NULL)", name="settled_on_a_day"),
        sa.CheckConstraint("(status = 'settled') = (settlement IS NOT NULL)", name="settled_somehow"),
        sa.Index(
            "uq_dispute_open_posting_id",
            "posting_id",
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        ),
        sa.Index("ix_dispute_folio_id", "folio_id"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"))
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"))
    status: Mapped[str] = mapped_column(sa.String(8), default="open")
    reason: Mapped[str] = mapped_column(sa.String(500))
    opened_on: Mapped[date]
    opened_by: Mapped[str] = mapped_column(sa.String(32))
    settled_on: Mapped[date | None]
    settled_by: Mapped[str | None] = mapped_column(sa.String(32))
    settlement: Mapped[str | None] = mapped_column(sa.String(8))
    voucher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("voucher.id"))
    outcome: Mapped[str | None] = mapped_column(sa.String(500))


class Note(Base):
    """Something to know about a stay, guest, company or folio. With a day it is a trace: somebody has to do it."""

    __tablename__ = "note"
    __table_args__ = (
        one_of("subject", NOTE_SUBJECTS),
        sa.CheckConstraint("(done_by IS NULL) = (done_at IS NULL)", name="done_by_somebody"),
        sa.Index("ix_note_subject", "subject", "subject_id"),
        sa.Index("ix_note_due_on", "due_on"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(8))
    subject_id: Mapped[int] = mapped_column(sa.BigInteger)
    text: Mapped[str] = mapped_column(sa.Text)
    department: Mapped[str | None] = mapped_column(sa.String(40))
    due_on: Mapped[date | None]
    written_by: Mapped[str] = mapped_column(sa.String(32))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(sa.String(32))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class Job(Base):
    """Long work that nobody waits for: who asked for what, how far it is, and the file that came out.

    `key` makes it safe to ask twice. `attempts` counts how often a worker began; it tells a worker's claim from the one
    of a worker that was thought dead.
    """

    __tablename__ = "job"
    __table_args__ = (
        one_of("status", JOB_STATES),
        sa.UniqueConstraint("operator", "key"),
        sa.CheckConstraint("(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="finished_at_a_moment"),
        sa.CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failed_with_a_reason"),
        sa.Index("ix_job_status", "status"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    status: Mapped[str] = mapped_column(sa.String(8), default="waiting")
    operator: Mapped[str] = mapped_column(sa.String(32))
    language: Mapped[str] = mapped_column(sa.String(16))
    key: Mapped[str | None] = mapped_column(sa.String(100))
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    alive_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_count: Mapped[int] = mapped_column(default=0)
    total_count: Mapped[int] = mapped_column(default=0)
    result: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    result_name: Mapped[str | None] = mapped_column(sa.String(100))
    result_type: Mapped[str | None] = mapped_column(sa.String(60))
    failure: Mapped[str | None] = mapped_column(sa.String(500))
    notice: Mapped[str | None] = mapped_column(sa.String(500))
