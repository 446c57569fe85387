"""The tables of what terminals sent and were answered, of the tills' own totals, and of the news that waits for them.

Rules: `requests.py`, `charging.py`, `taking_back.py`, `z_reports.py`, `news.py`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime
from folios.models import one_of

REQUEST_KINDS = ("inquiry", "charge", "void", "z_report", "batch")
OUTCOMES = ("done", "suspense", "refused")


class PosRequest(Base):
    """One message of a terminal with the answer it got, whatever door it came by. The answer is stored before it is
    sent: the same key again is answered from here.

    `sender` is the terminal (or link), `key` its own number of the message; an inquiry has none. `body` is what was
    sent, without card numbers; `answer` what was answered, but for the number of the voucher, which is `voucher_id`.
    `folio_id` is the account that was meant. A void names the charge it takes back (`charge_id`); `twin_id` is an
    earlier charge that this one looks like under another key.
    """

    __tablename__ = "pos_request"
    __table_args__ = (
        one_of("kind", REQUEST_KINDS),
        one_of("outcome", OUTCOMES),
        sa.UniqueConstraint("sender", "key"),
        sa.CheckConstraint("(outcome = 'refused') = (refusal IS NOT NULL)", name="refused_with_a_code"),
        sa.Index("ix_pos_request_business_date", "business_date", "outlet"),
        sa.Index("ix_pos_request_outlet_check_number", "outlet", "check_number"),
        sa.Index("ix_pos_request_outcome", "outcome", "received_at"),
        sa.Index("ix_pos_request_terminal", "terminal", "place", "received_at"),
        sa.Index(
            "ix_pos_request_twin_id",
            "twin_id",
            sqlite_where=sa.text("twin_id IS NOT NULL"),
            postgresql_where=sa.text("twin_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    sender: Mapped[str] = mapped_column(sa.String(40))
    key: Mapped[str | None] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(8))
    outcome: Mapped[str] = mapped_column(sa.String(8))
    refusal: Mapped[str | None] = mapped_column(sa.String(64))
    content_hash: Mapped[str | None] = mapped_column(sa.String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    business_date: Mapped[date | None]
    outlet: Mapped[str] = mapped_column(sa.String(16))
    terminal: Mapped[str] = mapped_column(sa.String(16))
    place: Mapped[str | None] = mapped_column(sa.String(60))
    folio_id: Mapped[int | None] = mapped_column(sa.ForeignKey("folio.id"), index=True)
    check_number: Mapped[str | None] = mapped_column(sa.String(32))
    total_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    voucher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("voucher.id"), index=True)
    charge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pos_request.id"), index=True)
    twin_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    answer: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


class ZReport(Base):
    """What a till says it sold on a business date, with the checks in which it and the books differ."""

    __tablename__ = "z_report"
    __table_args__ = (
        sa.UniqueConstraint("terminal", "number"),
        sa.Index("ix_z_report_business_date", "business_date", "outlet"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    outlet: Mapped[str] = mapped_column(sa.String(16))
    terminal: Mapped[str] = mapped_column(sa.String(16))
    number: Mapped[str] = mapped_column(sa.String(32))
    business_date: Mapped[date]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    till_minor: Mapped[int] = mapped_column(sa.BigInteger)
    books_minor: Mapped[int] = mapped_column(sa.BigInteger)
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    differences: Mapped[list[Any]] = mapped_column(sa.JSON)


class News(Base):
    """Something that happened in the house, for terminals that ask what is new and for links that are told.

    Of what is no guest's (the night audit, a wake-up call) there is no `stay_id`. `link_id`: only this link is told.
    `turn` orders what was committed: on PostgreSQL the number of the transaction, on SQLite always 0. Read in the order
    of (turn, id), and only below the oldest transaction still under way, nothing is ever passed over.
    """

    __tablename__ = "news"
    __table_args__ = (sa.Index("ix_news_turn", "turn", "id"),)

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    turn: Mapped[int] = mapped_column(sa.BigInteger, server_default=sa.text("0"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(sa.String(16))
    stay_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stay.id"))
    link_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
