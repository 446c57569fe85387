"""Lines that stand on an invoice stay where they are until it is credited; else one dinner could be billed twice.

Asked after the deed, in its unit of work and under the folio's lock that the deed took: an invoice issued at the same
moment either sees the line gone or makes this refuse.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.errors import N_, Refusal
from folios.models import Posting
from frontoffice.models.invoices import Invoice, InvoicePosting


class LineInvoiced(Refusal):
    code = "posting.invoiced"
    message = N_("{text} stands on invoice {invoice}. Credit that invoice first, then move or correct the line.")


def refuse_billed(session: Session, voucher_ids: Collection[int]) -> None:
    """Refuses (`LineInvoiced`) what vouchers moved or took back off a folio whose invoice, not credited, bills it."""
    note = aliased(Invoice)
    found = session.execute(
        sa.select(sa.func.coalesce(Posting.text, Posting.code), Invoice.number)
        .join(InvoicePosting, InvoicePosting.posting_id == Posting.source_posting_id)
        .join(Invoice, Invoice.id == InvoicePosting.invoice_id)
        .where(Posting.voucher_id.in_(list(voucher_ids)))
        .where(Invoice.folio_id.in_((Posting.debit_folio_id, Posting.credit_folio_id)))
        .where(~sa.exists().where(note.credits_invoice_id == Invoice.id))
        .order_by(Posting.line)
        .limit(1)
    ).first()
    if found is not None:
        raise LineInvoiced(text=found[0], invoice=found[1])
