"""The table of mails that wait to be sent, were sent, or failed. Rules: `mail.py`; who sends: `mail_worker.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime
from folios.models import one_of

MAIL_STATES = ("waiting", "sending", "sent", "failed")


class Mail(Base):
    """A mail to one recipient. `key` is what it tells: a recipient is told the same once.

    `token` makes its Message-ID. `attachments` say how each is made when the mail is sent. `sending_at` is when its
    content began to go out: from then on it may have arrived, until it is `sent`. `doubtful` counts the attempts that
    broke in that state. `error` is the code of what went wrong in the last attempt, `facts` what its sentence needs.
    """

    __tablename__ = "mail"
    __table_args__ = (
        one_of("status", MAIL_STATES),
        sa.UniqueConstraint("key", "recipient"),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_at_a_moment"),
        sa.CheckConstraint("(status = 'sending') = (lease_until IS NOT NULL)", name="sending_on_a_lease"),
        sa.CheckConstraint("status <> 'failed' OR error IS NOT NULL", name="failed_with_a_reason"),
        sa.Index("ix_mail_status", "status", "next_at"),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(200))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    token: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[str] = mapped_column(sa.String(200))
    text: Mapped[str] = mapped_column(sa.Text, deferred=True)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(sa.String(8), default="waiting")
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    give_up_at: Mapped[datetime] = mapped_column(UtcDateTime)
    worker: Mapped[str | None] = mapped_column(sa.String(40))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    doubtful: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(sa.String(60))
    facts: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
