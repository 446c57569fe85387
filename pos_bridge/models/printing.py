"""The tables of printing: printers, which slip goes to which of them, and the queue of slips.

Outlets and terminals are named by their codes. Rules: `printers.py`, `print_queue.py`; who prints: `print_worker.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from folios.db import Base, BigId, UtcDateTime
from folios.models import one_of

PRINTER_KINDS = ("network", "serial", "usb", "file", "dummy")
JOB_STATES = ("waiting", "printing", "printed", "failed", "cancelled")


class Printer(Base):
    """A receipt printer: how it is reached, what it can, and how it was found the last time.

    `dots` is how many dots lie beside each other on its paper, `width_mm` the width of that. `code_pages` are the
    names, separated by spaces, of those it has beside ASCII. `answers` is whether it ever answered when it was asked
    for its state: one that did and does no more is down. `error` is why it is down, and `retry_at` when it is tried
    again; the worker writes these, and the version is not touched by that.
    """

    __tablename__ = "printer"
    __table_args__ = (
        one_of("kind", PRINTER_KINDS),
        sa.CheckConstraint("dots BETWEEN 64 AND 2048", name="dots_possible"),
        sa.CheckConstraint("timeout_s BETWEEN 1 AND 60", name="timeout_possible"),
        sa.CheckConstraint("kind <> 'network' OR (host IS NOT NULL AND port IS NOT NULL)", name="network_has_address"),
        sa.CheckConstraint("kind NOT IN ('serial', 'file') OR device IS NOT NULL", name="device_is_named"),
        sa.CheckConstraint(
            "kind <> 'usb' OR (usb_vendor IS NOT NULL AND usb_product IS NOT NULL)", name="usb_has_numbers"
        ),
        sa.Index(
            "ix_printer_error",
            "name",
            sqlite_where=sa.text("error IS NOT NULL"),
            postgresql_where=sa.text("error IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    host: Mapped[str | None] = mapped_column(sa.String(253))
    port: Mapped[int | None]
    device: Mapped[str | None] = mapped_column(sa.String(200))
    baud_rate: Mapped[int] = mapped_column(default=9600)
    usb_vendor: Mapped[int | None]
    usb_product: Mapped[int | None]
    profile: Mapped[str] = mapped_column(sa.String(40), default="default")
    width_mm: Mapped[int] = mapped_column(sa.SmallInteger, default=80)
    dots: Mapped[int] = mapped_column(sa.SmallInteger, default=576)
    code_pages: Mapped[str] = mapped_column(sa.String(200), default="")
    has_drawer: Mapped[bool] = mapped_column(default=False)
    has_cutter: Mapped[bool] = mapped_column(default=True)
    timeout_s: Mapped[int] = mapped_column(sa.SmallInteger, default=5)
    active: Mapped[bool] = mapped_column(default=True)
    answers: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None] = mapped_column(sa.String(60))
    error_detail: Mapped[str | None] = mapped_column(sa.String(200))
    down_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own spelling


class PrintRoute(Base):
    """Slips of a kind, from an outlet and terminal, go to a printer; an empty text stands for any of them."""

    __tablename__ = "print_route"
    __table_args__ = (sa.UniqueConstraint("kind", "outlet", "terminal"),)

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16), default="")
    outlet: Mapped[str] = mapped_column(sa.String(16), default="")
    terminal: Mapped[str] = mapped_column(sa.String(16), default="")
    printer_id: Mapped[int] = mapped_column(sa.ForeignKey("printer.id"), index=True)


class PrintJob(Base):
    """A slip to be printed. `content` is all that stands on it, as it was when it was asked for.

    Who asks gives `kind`, `outlet`, `terminal`, `voucher_id`, `content`, `language` and `created_at`; the database
    adds the rest, so that the row can be part of another statement. `printer_id` is found by the worker, by the routes.
    `sending_at` is when its first bytes went out: from then on nobody knows what is on the paper until it is
    `printed`. `doubtful`: an attempt before broke in that state. `copy` is 0 for the original.
    """

    __tablename__ = "print_job"
    __table_args__ = (
        one_of("status", JOB_STATES),
        sa.CheckConstraint("(status = 'printed') = (printed_at IS NOT NULL)", name="printed_at_a_moment"),
        sa.CheckConstraint("(status = 'printing') = (lease_until IS NOT NULL)", name="printing_on_a_lease"),
        sa.Index("ix_print_job_status", "status", "printer_id", "id"),
        sa.Index("ix_print_job_created_at", "created_at"),
        sa.Index(
            "ix_print_job_voucher_id",
            "voucher_id",
            sqlite_where=sa.text("voucher_id IS NOT NULL"),
            postgresql_where=sa.text("voucher_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    outlet: Mapped[str | None] = mapped_column(sa.String(16))
    terminal: Mapped[str | None] = mapped_column(sa.String(16))
    voucher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("voucher.id"))
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    language: Mapped[str] = mapped_column(sa.String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key: Mapped[str | None] = mapped_column(sa.String(100), unique=True)
    status: Mapped[str] = mapped_column(sa.String(10), server_default=sa.text("'waiting'"))
    printer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("printer.id"))
    attempts: Mapped[int] = mapped_column(server_default=sa.text("0"))
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    copy: Mapped[int] = mapped_column(sa.SmallInteger, server_default=sa.text("0"))
    copy_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("print_job.id", ondelete="SET NULL"))
    doubtful: Mapped[bool] = mapped_column(server_default=sa.false())
    worker: Mapped[str | None] = mapped_column(sa.String(40))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lost: Mapped[int] = mapped_column(sa.SmallInteger, server_default=sa.text("0"))
    error: Mapped[str | None] = mapped_column(sa.String(60))
    error_detail: Mapped[str | None] = mapped_column(sa.String(200))
    notice: Mapped[str | None] = mapped_column(sa.String(200))
    reason: Mapped[str | None] = mapped_column(sa.String(200))
    printed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    output: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
