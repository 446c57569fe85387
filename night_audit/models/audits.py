"""The tables of the audit itself: one row a business day, one a step, what was accepted and why, and the seal.

What a day closed with is not kept a second time: the ledger has it, `folios.models.ClosingBalance` for each folio that
moved (its last row is its closing of any later day) and `LedgerClosing` for each ledger. Totals by code: `totals.py`.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, UtcDateTime
from folios.models import one_of

STEPS = ("READY", "ROLL", "POST", "CLOSE", "SEAL", "REPORT")
AUDIT_STATES = ("running", "stopped", "done")
STEP_STATES = ("running", "done", "failed")
NO_SHOWS = ("mark", "ask")
PACK_FILES = "manager.pdf trial-balance.pdf"
MOST_REASON, MOST_FAILURE = 500, 1000


class Audit(Base):
    """The audit of one business day. `step` is the one under way, or where it stopped, `failure` why it did.

    `running` with an old `alive_at` is an audit whose process ended: it is taken up again by who asks for it. `done`:
    sealed, and the pack made or said to be missing.
    """

    __tablename__ = "night_audit"
    __table_args__ = (one_of("status", AUDIT_STATES), one_of("step", STEPS))

    business_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(8))
    step: Mapped[str] = mapped_column(sa.String(8))
    operator: Mapped[str] = mapped_column(sa.String(32))
    unattended: Mapped[bool] = mapped_column(default=False)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    alive_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(sa.String(MOST_FAILURE))


class AuditStep(Base):
    """A step of an audit: when, how often it was begun, what it counted, and what went wrong in it."""

    __tablename__ = "night_audit_step"
    __table_args__ = (one_of("status", STEP_STATES), one_of("step", STEPS))

    business_date: Mapped[date] = mapped_column(sa.ForeignKey("night_audit.business_date"), primary_key=True)
    step: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(8))
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    error: Mapped[str | None] = mapped_column(sa.String(MOST_FAILURE))


class Acceptance(Base):
    """A finding of the checklist that somebody who may has accepted, and why. Immutable.

    `rows_hash` is of the rows that were seen: with other rows behind it the finding has to be accepted anew.
    """

    __tablename__ = "night_audit_acceptance"

    business_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    rows_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    row_count: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(MOST_REASON))
    accepted_by: Mapped[str] = mapped_column(sa.String(32))
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DaySeal(Base):
    """A closed day's seal: SHA-256 over its vouchers and postings, begun with the hash of the day before. Immutable.

    `balances_hash` is over the closings of the day, per folio and per ledger. The first sealed day follows on zeros.
    """

    __tablename__ = "day_seal"

    business_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"), primary_key=True)
    previous_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))
    balances_hash: Mapped[str] = mapped_column(sa.String(64))
    vouchers: Mapped[int]
    postings: Mapped[int]
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sealed_by: Mapped[str] = mapped_column(sa.String(32))


class AuditRules(Base):
    """How the house audits, one row: what the audit may decide alone, and when the clock starts it.

    `no_shows`: who has not come is marked by the audit, or has to be decided on first. `extend_due_outs` and
    `force_shifts` hold for unattended audits only. `minimum_hours`: how soon after the last audit a day may be closed
    that has not ended by the clock. `most_days`: how many missed days an unattended night may close. `run_at`: the time
    on the hotel's wall when the clock starts it; none: never.

    `call_to`: the addresses that are told when an unattended audit stops, fails, or is not done `call_after_hours`
    after its time (none: that is not watched). `pack_to`: those that get the reports of a day once it is closed,
    `pack_files` as which files. Addresses stand one a line, files with a space between.

    `no_show_percent`: how much of the first night is charged for a guaranteed booking whose guest does not come; none:
    nothing. `no_show_code`: as what; none: as the night.
    """

    __tablename__ = "night_audit_rules"
    __table_args__ = (
        one_of("no_shows", NO_SHOWS),
        sa.CheckConstraint("id = 1", name="single_row"),
        sa.CheckConstraint("minimum_hours BETWEEN 0 AND 23", name="hours_of_a_day"),
        sa.CheckConstraint("most_days BETWEEN 1 AND 366", name="days_of_a_year"),
        sa.CheckConstraint("no_show_percent BETWEEN 1 AND 100", name="part_of_a_night"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    no_shows: Mapped[str] = mapped_column(sa.String(4), default="mark")
    extend_due_outs: Mapped[bool] = mapped_column(default=False)
    force_shifts: Mapped[bool] = mapped_column(default=False)
    minimum_hours: Mapped[int] = mapped_column(sa.SmallInteger, default=12)
    most_days: Mapped[int] = mapped_column(sa.SmallInteger, default=3)
    run_at: Mapped[time | None]
    mail_language: Mapped[str | None] = mapped_column(sa.String(16))
    call_to: Mapped[str] = mapped_column(sa.Text, default="", server_default=sa.text("''"))
    call_after_hours: Mapped[int | None] = mapped_column(sa.SmallInteger, default=3, server_default=sa.text("3"))
    pack_to: Mapped[str] = mapped_column(sa.Text, default="", server_default=sa.text("''"))
    pack_files: Mapped[str] = mapped_column(sa.Text, default=PACK_FILES, server_default=sa.text(f"'{PACK_FILES}'"))
    no_show_percent: Mapped[int | None] = mapped_column(sa.SmallInteger)
    no_show_code: Mapped[str | None] = mapped_column(sa.String(16))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling
