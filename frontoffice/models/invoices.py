"""The tables of bills on paper: the hotel's stationery and logo, the series of numbers, invoices as they were issued.

An invoice is never changed: the database refuses it. It is credited by a credit note, and printed again as a copy.
Rules: `stationery.py`, `invoices.py`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime
from folios.models import one_of

INVOICE_KINDS = ("invoice", "credit_note")


class Logo(Base):
    """A picture for the head of the paper, always PNG, named by its SHA-256; kept while an invoice shows it."""

    __tablename__ = "logo"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Stationery(Base):
    """The one row of what stands on the hotel's paper beside its name."""

    __tablename__ = "stationery"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    company_name: Mapped[str | None] = mapped_column(sa.String(200))
    address: Mapped[str | None] = mapped_column(sa.String(300))
    postal_code: Mapped[str | None] = mapped_column(sa.String(16))
    city: Mapped[str | None] = mapped_column(sa.String(100))
    phone: Mapped[str | None] = mapped_column(sa.String(40))
    email: Mapped[str | None] = mapped_column(sa.String(254))
    website: Mapped[str | None] = mapped_column(sa.String(200))
    vat_number: Mapped[str | None] = mapped_column(sa.String(32))
    registration: Mapped[str | None] = mapped_column(sa.String(200))
    bank: Mapped[str | None] = mapped_column(sa.String(300))
    footer: Mapped[str | None] = mapped_column(sa.String(500))
    logo_sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("logo.sha256"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class InvoiceSeries(Base):
    """A run of numbers without gaps: the next one is taken under the row's lock, last in its unit of work."""

    __tablename__ = "invoice_series"
    __table_args__ = (
        one_of("kind", INVOICE_KINDS),
        sa.CheckConstraint("first_number > 0 AND next_number >= first_number", name="counts_up"),
    )

    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(16))
    prefix: Mapped[str] = mapped_column(sa.String(16))
    first_number: Mapped[int] = mapped_column(default=1)
    next_number: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)


class Invoice(Base):
    """An invoice or credit note as it was issued, immutable. `content` is all that stands on it, for printing again.

    `key` makes issuing safe to send twice; `asked_hash` tells by what was asked whether it is the same again.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("kind", INVOICE_KINDS),
        sa.UniqueConstraint("series", "sequence"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("credits_invoice_id"),
        sa.UniqueConstraint("key"),
        sa.CheckConstraint("(key IS NULL) = (asked_hash IS NULL)", name="key_has_content"),
        sa.CheckConstraint("(kind = 'credit_note') = (credits_invoice_id IS NOT NULL)", name="credits_an_invoice"),
        sa.Index("ix_invoice_folio_id", "folio_id"),
        sa.Index("ix_invoice_issued_on", "issued_on"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    series: Mapped[str] = mapped_column(sa.ForeignKey("invoice_series.code"))
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(40))
    folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"))
    credits_invoice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invoice.id"))
    issued_on: Mapped[date]
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    operator: Mapped[str] = mapped_column(sa.String(32))
    recipient: Mapped[str] = mapped_column(sa.String(200))
    currency: Mapped[str] = mapped_column(sa.String(3))
    total_minor: Mapped[int] = mapped_column(sa.BigInteger)
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    key: Mapped[str | None] = mapped_column(sa.String(100))
    asked_hash: Mapped[str | None] = mapped_column(sa.String(64))


class InvoicePosting(Base):
    """Which postings of its folio an invoice accounts for, immutable: none twice without a credit note between.

    Charges with their taxes and what took them back are billed, payments are acknowledged. A posting between two guests
    stands on both of their folios, and may be on an invoice of each.
    """

    __tablename__ = "invoice_posting"

    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey("invoice.id"), primary_key=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("posting.id"), primary_key=True, index=True)


class InvoicePrint(Base):
    """Each time an invoice went out on paper or as a file, immutable: after the first, it says copy."""

    __tablename__ = "invoice_print"

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey("invoice.id"), index=True)
    printed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    operator: Mapped[str] = mapped_column(sa.String(32))
