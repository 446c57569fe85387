"""What one bill or invoice on paper is made of, gathered from the database; drawing it needs no database any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from folios import clock
from folios.business_day import open_date
from frontoffice.bills import Bill, Recipient, read_bill
from frontoffice.models.invoices import Invoice
from frontoffice.stationery import Letterhead, letterhead, logos


@dataclass(frozen=True, slots=True)
class Sheet:
    """One bill, invoice or credit note to be drawn.

    `kind` is the bill's, or `invoice`, `credit_note`. `copy` is 0 for the original. `credits` is the number and day of
    what a credit note takes back. `made_at` is when it was made: it stands in the file, not on the paper.
    """

    kind: str
    bill: Bill
    letterhead: Letterhead
    recipient: Recipient
    language: str
    day: date
    made_at: datetime
    number: str | None = None
    copy: int = 0
    credits: tuple[str, date] | None = None
    reason: str | None = None
    logo: bytes | None = None


def bill_sheets(session: Session, bills: Sequence[Bill], language: str | None = None) -> list[Sheet]:
    """The paper of bills, in `language` or else each guest's own; four statements however many."""
    head, day, at = letterhead(session), open_date(session), clock.now()
    logo = logos(session, [head]).get(head.logo_sha256 or "")
    return [
        Sheet(
            kind=bill.kind,
            bill=bill,
            letterhead=head,
            recipient=bill.recipient,
            language=language or (bill.stay.language if bill.stay else None) or "en",
            day=day,
            made_at=at,
            logo=logo,
        )
        for bill in bills
    ]


def invoice_sheets(session: Session, invoices: Sequence[tuple[Invoice, int]]) -> list[Sheet]:
    """The paper of invoices and credit notes as they were issued, each with which copy it is; at most one statement."""
    sheets = [_issued(invoice, copy) for invoice, copy in invoices]
    pictures = logos(session, [each.letterhead for each in sheets])
    return [replace(each, logo=pictures.get(each.letterhead.logo_sha256 or "")) for each in sheets]


def _issued(invoice: Invoice, copy: int) -> Sheet:
    content: dict[str, Any] = invoice.content
    credits = content["credits"]
    return Sheet(
        kind=content["kind"],
        bill=read_bill(content["bill"]),
        letterhead=Letterhead(**content["letterhead"]),
        recipient=Recipient(**content["recipient"]),
        language=content["language"],
        day=invoice.issued_on,
        made_at=invoice.issued_at,
        number=content["number"],
        copy=copy,
        credits=(credits["number"], date.fromisoformat(credits["issued_on"])) if credits else None,
        reason=content["reason"],
    )
