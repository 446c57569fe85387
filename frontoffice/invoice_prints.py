"""The prints of an invoice: each is counted before it goes out, and can be fetched by who printed it for a while.

A line may be lost between the count and the paper, so the same print is given again for a short time; after that
another print is another copy, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_, Refusal
from frontoffice.invoices import get_invoice
from frontoffice.models.invoices import Invoice, InvoicePrint

FETCHED_WITHIN = timedelta(minutes=15)


class PrintUnknown(Refusal):
    code = "invoice_print.unknown"
    message = N_("Invoice {invoice} has not been printed this often. Open it and press Print.")


class PrintGone(Refusal):
    code = "invoice_print.gone"
    message = N_("This print of invoice {invoice} went out before. Open it and press Print: the next one is a copy.")


def prints_of(session: Session, invoice_id: int) -> Sequence[InvoicePrint]:
    """Each time an invoice went out, the original first."""
    return session.scalars(
        sa.select(InvoicePrint).where(InvoicePrint.invoice_id == invoice_id).order_by(InvoicePrint.id)
    ).all()


def invoice_of_print(session: Session, invoice_id: int, copy: int, operator: str) -> Invoice:
    """The invoice for drawing a print that was counted just now: 0 is the original.

    Refuses `InvoiceUnknown`, a print that never was (`PrintUnknown`), and one of somebody else or of a while ago
    (`PrintGone`).
    """
    invoice = get_invoice(session, invoice_id)
    prints = prints_of(session, invoice_id)
    if not 0 <= copy < len(prints):
        raise PrintUnknown(invoice=invoice.number)
    one = prints[copy]
    if one.operator != operator or clock.now() - one.printed_at > FETCHED_WITHIN:
        raise PrintGone(invoice=invoice.number)
    return invoice
