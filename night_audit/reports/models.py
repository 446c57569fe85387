"""The tables of the reports: what closed days said, the files made of it, budgets, the accountant's accounts, what was
exported, and what the hotel decided about its figures. Rules: `pack.py`, `budgets.py`, `settings.py`, and `export`.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime


class StoredReport(Base):
    """What a report said of a closed day, as canonical JSON in bytes, and their SHA-256. Immutable."""

    __tablename__ = "stored_report"

    business_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"), primary_key=True)
    report: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stored_by: Mapped[str] = mapped_column(sa.String(32))


class ReportFile(Base):
    """A file made of a stored report, kept from the first time it was asked for. Immutable."""

    __tablename__ = "report_file"
    __table_args__ = (
        sa.ForeignKeyConstraint(["business_date", "report"], ["stored_report.business_date", "stored_report.report"]),
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    report: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    form: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    language: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class ReportPolicy(Base):
    """The one row with what the hotel decided about its figures; `aging_percents`: of each bucket, between spaces."""

    __tablename__ = "report_policy"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    deduct_out_of_order: Mapped[bool] = mapped_column(default=False)
    rack_rate: Mapped[str | None] = mapped_column(sa.ForeignKey("rate_code.code"))
    aging_percents: Mapped[str] = mapped_column(sa.String(40), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class Budget(Base):
    """What is expected of a month, of one figure: rooms, guests, minor units. A day's share is worked out."""

    __tablename__ = "budget"
    __table_args__ = (sa.CheckConstraint("amount >= 0", name="amount_not_negative"),)

    month: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    amount: Mapped[int] = mapped_column(sa.BigInteger)


class LedgerAccount(Base):
    """The accountant's account that a folio, or all folios of a ledger's type, are exported under."""

    __tablename__ = "ledger_account"

    subject: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(100))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class LedgerExport(Base):
    """Days that were handed to the back office: what was exported, by whom, and its content as it was. Immutable."""

    __tablename__ = "ledger_export"
    __table_args__ = (
        sa.CheckConstraint("last_date >= first_date", name="ends_after_it_begins"),
        sa.UniqueConstraint("first_date", "last_date"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    first_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"))
    last_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    exported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    exported_by: Mapped[str] = mapped_column(sa.String(32))
