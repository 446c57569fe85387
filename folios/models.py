"""The tables of the ledger. Rules live with their verbs; what the database itself guards is stated here and in the
first migration (triggers that refuse UPDATE and DELETE on what is immutable).

Amounts are whole minor units (cents) beside a currency; a posting's amount is always positive and moves from its
credit folio to its debit folio.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime

TYPES = ("individual", "master", "non_guest", "staff", "control", "semi_permanent", "permanent")
LEDGERS = ("guest", "city", "deposit", "control")
VOUCHER_KINDS = ("charge", "payment", "paid_out", "transfer", "correction", "allowance", "opening")
CODE_KINDS = ("charge", "tax", "payment", "paid_out", "opening")
TENDERS = ("cash", "card", "direct_bill")
DAY_STATES = ("open", "auditing", "closed")
SOURCE_SIDES = ("debit", "credit", "both")
TAX_BASES = ("percent", "person_night")


def one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    """A CHECK that a text column holds one of the trade's words."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({quoted})", name=f"{column}_known")


class Ledger(Base):
    """The one row that says what this ledger is: its currency, and the mark of its catalogue of codes and taxes.

    `catalogue_mark` is drawn anew with each change of a code, tax or rate, so that a cached catalogue is known stale.
    """

    __tablename__ = "ledger"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    currency: Mapped[str] = mapped_column(sa.String(3))
    catalogue_mark: Mapped[int] = mapped_column(sa.BigInteger)


class BusinessDay(Base):
    """A business day: `open` (the desk posts into it), `auditing` (rolled; only the audit posts), `closed`."""

    __tablename__ = "business_day"
    __table_args__ = (
        one_of("status", DAY_STATES),
        sa.Index(
            "uq_business_day_open",
            "status",
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        ),
    )

    business_date: Mapped[date] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(8))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rolled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Folio(Base):
    """An account. `balance_minor` is debits less credits, kept under the row's lock; a control folio keeps none (0).

    `exempt_from` lists, sorted and separated by spaces, the tax codes that this folio does not pay.
    """

    __tablename__ = "folio"
    __table_args__ = (
        one_of("type", TYPES),
        one_of("status", ("open", "closed")),
        sa.CheckConstraint(
            "(type IN ('individual') AND ledger IN ('guest', 'deposit')) OR (type = 'master' AND ledger = 'guest')"
            " OR (type IN ('non_guest', 'staff', 'semi_permanent', 'permanent') AND ledger = 'city')"
            " OR (type = 'control' AND ledger = 'control')",
            name="ledger_follows_type",
        ),
        sa.CheckConstraint("type <> 'control' OR balance_minor = 0", name="control_keeps_no_balance"),
        sa.CheckConstraint("status = 'open' OR balance_minor = 0", name="closed_at_zero"),
        sa.CheckConstraint("house_limit_minor >= 0", name="house_limit_not_negative"),
        sa.Index("ix_folio_type", "type", "number"),
        sa.Index("ix_folio_closed_on", "closed_on"),  # of a day long ago as of today, a few folios are open
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    type: Mapped[str] = mapped_column(sa.String(16))
    ledger: Mapped[str] = mapped_column(sa.String(8))
    name: Mapped[str] = mapped_column(sa.String(200))
    currency: Mapped[str] = mapped_column(sa.String(3))
    status: Mapped[str] = mapped_column(sa.String(8), default="open")
    house_limit_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    exempt_from: Mapped[str] = mapped_column(sa.String(200), default="")
    balance_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class TransactionCode(Base):
    """What can be posted: a charge of a department, a tax, a payment by a tender, a paid-out.

    `folio_id` is the other side: the control folio of a charge, tax or paid-out; the permanent folio of a card.
    A cash payment's other side is the cashier's drawer, a direct bill's the semi-permanent folio: named when posting.
    """

    __tablename__ = "transaction_code"
    __table_args__ = (
        one_of("kind", CODE_KINDS),
        one_of("tender", TENDERS),
        sa.CheckConstraint("(kind = 'payment') = (tender IS NOT NULL)", name="payment_has_tender"),
        sa.CheckConstraint("price_minor > 0", name="price_positive"),
    )

    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(16))
    department: Mapped[str] = mapped_column(sa.String(40))
    tender: Mapped[str | None] = mapped_column(sa.String(16))
    folio_id: Mapped[int | None] = mapped_column(sa.ForeignKey("folio.id"), index=True)
    price_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class Tax(Base):
    """How a tax or a service charge is levied; its rates are dated. See `folios.taxes` for the arithmetic."""

    __tablename__ = "tax"
    __table_args__ = (one_of("basis", TAX_BASES),)

    code: Mapped[str] = mapped_column(sa.ForeignKey("transaction_code.code"), primary_key=True)
    basis: Mapped[str] = mapped_column(sa.String(16))
    inclusive: Mapped[bool]
    stacked: Mapped[bool]


class TaxRate(Base):
    """A tax's rate from a day on: parts per million of the price, or minor units per person and night."""

    __tablename__ = "tax_rate"
    __table_args__ = (sa.CheckConstraint("rate_ppm >= 0 AND amount_minor >= 0", name="rate_not_negative"),)

    tax_code: Mapped[str] = mapped_column(sa.ForeignKey("tax.code"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    rate_ppm: Mapped[int] = mapped_column(default=0)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class CodeTax(Base):
    """Which taxes a code generates, in the order they are worked out."""

    __tablename__ = "code_tax"

    transaction_code: Mapped[str] = mapped_column(sa.ForeignKey("transaction_code.code"), primary_key=True)
    tax_code: Mapped[str] = mapped_column(sa.ForeignKey("tax.code"), primary_key=True)
    sequence: Mapped[int] = mapped_column(sa.SmallInteger)


class Voucher(Base):
    """A source document: one business event, immutable. `sender` and `key` make an outside event safe to send twice."""

    __tablename__ = "voucher"
    __table_args__ = (
        one_of("kind", VOUCHER_KINDS),
        sa.UniqueConstraint("sender", "key"),
        sa.CheckConstraint("(sender IS NULL) = (key IS NULL)", name="key_has_sender"),
        sa.Index("ix_voucher_business_date_operator", "business_date", "operator"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    business_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    currency: Mapped[str] = mapped_column(sa.String(3))
    operator: Mapped[str] = mapped_column(sa.String(32))
    outlet: Mapped[str | None] = mapped_column(sa.String(32))
    terminal: Mapped[str | None] = mapped_column(sa.String(32))
    shift: Mapped[str | None] = mapped_column(sa.String(32))
    sender: Mapped[str | None] = mapped_column(sa.String(40))
    key: Mapped[str | None] = mapped_column(sa.String(100))
    content_hash: Mapped[str | None] = mapped_column(sa.String(64))
    check_number: Mapped[str | None] = mapped_column(sa.String(32), index=True)
    covers: Mapped[int | None]
    reference: Mapped[str | None] = mapped_column(sa.String(100))
    remark: Mapped[str | None] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.String(500))
    authorised_by: Mapped[str | None] = mapped_column(sa.String(32))
    corrects_voucher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("voucher.id"), index=True)


class Posting(Base):
    """One line of a voucher, immutable: `amount_minor` moves from the credit folio to the debit folio.

    `parent_line` is the line that generated this one (a tax). `source_posting_id` is the posting whose value this one
    moves on or takes back, `source_side` the side of it on which that value stood (a correction takes both);
    `origin_posting_id` is the charge or payment at the root of that chain.
    """

    __tablename__ = "posting"
    __table_args__ = (
        sa.UniqueConstraint("voucher_id", "line"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("debit_folio_id <> credit_folio_id", name="two_folios"),
        one_of("source_side", SOURCE_SIDES),
        sa.CheckConstraint("(source_posting_id IS NULL) = (source_side IS NULL)", name="source_has_side"),
        sa.Index("ix_posting_debit_folio_id", "debit_folio_id", "business_date"),
        sa.Index("ix_posting_credit_folio_id", "credit_folio_id", "business_date"),
        sa.Index("ix_posting_business_date", "business_date"),
        sa.Index(
            "ix_posting_source_posting_id",
            "source_posting_id",
            sqlite_where=sa.text("source_posting_id IS NOT NULL"),
            postgresql_where=sa.text("source_posting_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    voucher_id: Mapped[int] = mapped_column(sa.ForeignKey("voucher.id"))
    line: Mapped[int] = mapped_column(sa.SmallInteger)
    parent_line: Mapped[int | None] = mapped_column(sa.SmallInteger)
    business_date: Mapped[date]
    debit_folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"))
    credit_folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    code: Mapped[str] = mapped_column(sa.ForeignKey("transaction_code.code"))
    quantity: Mapped[int] = mapped_column(default=1)
    article: Mapped[str | None] = mapped_column(sa.String(40))
    text: Mapped[str | None] = mapped_column(sa.String(200))
    tax_base_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    tax_rate_ppm: Mapped[int | None]
    source_posting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("posting.id"))
    source_side: Mapped[str | None] = mapped_column(sa.String(6))
    origin_posting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("posting.id"))


class ClosingBalance(Base):
    """What a folio that moved on a closed day opened with, took in, gave out and closed with. Immutable."""

    __tablename__ = "closing_balance"
    __table_args__ = (
        sa.CheckConstraint("opening_minor + debits_minor - credits_minor = closing_minor", name="rolls_forward"),
        sa.Index("ix_closing_balance_business_date", "business_date"),
    )

    folio_id: Mapped[int] = mapped_column(sa.ForeignKey("folio.id"), primary_key=True)
    business_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"), primary_key=True)
    opening_minor: Mapped[int] = mapped_column(sa.BigInteger)
    debits_minor: Mapped[int] = mapped_column(sa.BigInteger)
    credits_minor: Mapped[int] = mapped_column(sa.BigInteger)
    closing_minor: Mapped[int] = mapped_column(sa.BigInteger)


class LedgerClosing(Base):
    """The same for each ledger, folio type and currency, for every closed day since its first movement. Immutable."""

    __tablename__ = "ledger_closing"
    __table_args__ = (
        sa.CheckConstraint("opening_minor + debits_minor - credits_minor = closing_minor", name="rolls_forward"),
    )

    business_date: Mapped[date] = mapped_column(sa.ForeignKey("business_day.business_date"), primary_key=True)
    ledger: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    currency: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    opening_minor: Mapped[int] = mapped_column(sa.BigInteger)
    debits_minor: Mapped[int] = mapped_column(sa.BigInteger)
    credits_minor: Mapped[int] = mapped_column(sa.BigInteger)
    closing_minor: Mapped[int] = mapped_column(sa.BigInteger)


class Event(Base):
    """One change, as the audit trail tells it: who did what to which subject, with what before and after. Immutable."""

    __tablename__ = "event"
    __table_args__ = (sa.Index("ix_event_subject", "subject"), sa.Index("ix_event_business_date", "business_date"))

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    business_date: Mapped[date | None]
    operator: Mapped[str] = mapped_column(sa.String(32))
    action: Mapped[str] = mapped_column(sa.String(64))
    subject: Mapped[str] = mapped_column(sa.String(80))
    before: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
