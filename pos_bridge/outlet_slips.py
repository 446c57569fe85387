"""The slips of outlets: of a charge, to be signed, and of a till's Z-report.

The row of a charge's slip is written beside its voucher, so a charge that is there has its slip and no other has.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from frontoffice import shell
from frontoffice.language import gettext as _
from frontoffice.language import locale
from pos_bridge.book import Book, TerminalFacts
from pos_bridge.checks import Answer, Check
from pos_bridge.models.messages import ZReport
from pos_bridge.pricing import Priced
from pos_bridge.print_queue import queue_slip, slip_row
from pos_bridge.slips import ChargeSlip, SlipLine, ZSlip


def charge_slip_row(
    known: Book, terminal: TerminalFacts, check: Check, priced: Priced, answer: Answer, day: date
) -> dict[str, Any]:
    """The columns of a charge's print job, but for its voucher. Room and guest stand on it as the outlet allows."""
    outlet = terminal.outlet
    shown = outlet.shows_guest
    slip = ChargeSlip(
        hotel=known.hotel,
        business_date=day,
        moment=shell.here(known.time_zone).replace(tzinfo=None, microsecond=0),
        currency=known.currency,
        outlet_name=outlet.name,
        lines=tuple(
            SlipLine(
                line.text or _line_word(line.kind),
                line.quantity,
                -(line.amount_minor or 0) if line.kind == "discount" else line.amount_minor or 0,
            )
            for line in priced.told
            if line.kind != "tip"
        ),
        total_minor=priced.total_minor,
        check_number=check.check_number,
        table=check.table,
        covers=check.covers,
        waiter=check.waiter,
        terminal=terminal.code,
        room=answer.room if shown else None,
        guest=answer.guest if shown else None,
        tip_minor=sum(line.amount_minor or 0 for line in priced.told if line.kind == "tip") or None,
        note=_("Suspense: the front desk will place it") if answer.outcome == "suspense" else None,
        to_sign=True,
    )
    row = slip_row(slip, language=str(locale()), outlet=outlet.code, terminal=terminal.code)
    del row["voucher_id"]
    return row


def _line_word(kind: str) -> str:
    words = {
        "item": _("Item"),
        "tax": _("Tax"),
        "service": _("Service charge"),
        "discount": _("Discount"),
    }
    return words[kind]


def queue_z_slip(session: Session, known: Book, terminal: TerminalFacts, report: ZReport) -> None:
    """Has a till's Z-report printed: the books of its checks, and the checks in which the till differs."""
    differences = tuple(
        SlipLine(_("Check {number}", number=number or "-"), 1, (till or 0) - (books or 0))
        for number, till, books in report.differences
    )
    slip = ZSlip(
        hotel=known.hotel,
        business_date=report.business_date,
        moment=shell.here(known.time_zone).replace(tzinfo=None, microsecond=0),
        currency=known.currency,
        outlet_name=terminal.outlet.name,
        number=report.number,
        lines=(
            SlipLine(_("The till says"), 1, report.till_minor),
            SlipLine(_("The books say"), 1, report.books_minor),
        ),
        total_minor=report.till_minor,
        checks=len(report.content["checks"]),
        terminal=terminal.code,
        corrections=differences,
    )
    queue_slip(session, slip, language=str(locale()), outlet=terminal.outlet.code, terminal=terminal.code)
