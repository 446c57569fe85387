"""The bill of a folio as a page and as a PDF, in the guest's language; and the bills of many folios in one file."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import request, send_file
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from folios.errors import Refusal
from frontoffice import bill_batches, bills, groups, invoice_series, invoices, paper
from frontoffice.app import db
from frontoffice.bill_page import bill_page, unreadable_on_paper
from frontoffice.bills import Bill
from frontoffice.forms.bills import BatchForm, BillQuery, chosen_series
from frontoffice.language import gettext as _
from frontoffice.language import locale
from frontoffice.paper import Sheet
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import may, page
from frontoffice.views.sending import answer, held_fields

PDF = "application/pdf"


@needs("folio.read")
def show(folio_id: int) -> str:
    """The bill as it will look on paper."""
    with reading(db.session) as session:
        query, bill, sheet = _asked(session, folio_id)
        shown: dict[str, Any] = {
            "query": query,
            "bill": bill,
            "issued": invoices.invoices_of(session, folio_id),
            "refusal": _why_no_invoice(session, folio_id),
        }
    read = bill_page(sheet)
    return page(
        "frontoffice/bills/show.html", **shown, sheet=read, logo=logo_address(sheet), notice=unreadable_on_paper(read)
    )


@needs("folio.read")
def pdf(folio_id: int) -> Response:
    """The bill on paper."""
    with reading(db.session) as session:
        _query, bill, sheet = _asked(session, folio_id)
    return as_file(paper.draw(sheet).pdf, f"{bill.kind}-{bill.folio}.pdf")


@needs("folio.read")
def of_group(group_id: int) -> Response:
    """The bills of a group: its master and the windows of its stays, in one file."""
    with reading(db.session) as session:
        group = groups.get_group(session, group_id)
        count = len(bill_batches.folios_of_group(session, group_id))
    title = _("Bills of group {group}", group=group.name)
    return _batch(lambda session: bill_batches.folios_of_group(session, group_id), count, title, f"/groups/{group_id}")


@needs("folio.read")
def of_departures() -> Response:
    """The bills of everybody who is due out or has left on the business date, in one file."""
    with reading(db.session) as session:
        count = len(bill_batches.folios_of_departures(session))
    return _batch(bill_batches.folios_of_departures, count, _("Bills of all departures today"), "/")


def _batch(folios: Callable[[Session], list[int]], count: int, title: str, back: str) -> Response:
    form = BatchForm(held=held_fields())
    with reading(db.session) as session:
        form.offer(invoice_series.list_series(session), may_issue=may("invoice.issue"))

    def work(session: Session, _authority: str | None) -> Done:
        asked = bill_batches.ask(
            session, folios(session), str(form.kind.data), str(form.grouping.data), operator(), str(locale()),
            series=chosen_series(form), key=str(form.key.data),
        )  # fmt: skip
        return Done(f"/jobs/{asked.id}", _("The bills are being made. You may go on working meanwhile."))

    shown = {"form": form, "title": title, "cancel": back, "count": count}
    return answer(form, lambda: page("frontoffice/bills/batch.html", **shown), work)


def _asked(session: Session, folio_id: int) -> tuple[BillQuery, Bill, Sheet]:
    """What the address asks for, the bill, and its paper."""
    query = BillQuery(request.args)
    query.read(bills.guest_language(session, folio_id) or locale().language)
    bill = bills.bill(session, folio_id, **query.asked())
    (sheet,) = paper.bill_sheets(session, [bill], query.language.data)
    return query, bill, sheet


def _why_no_invoice(session: Session, folio_id: int) -> Refusal | None:
    """Why no invoice can be issued now, if none can."""
    try:
        invoices.refuse_billing(session, folio_id)
    except Refusal as refusal:
        return refusal
    return None


def as_file(content: bytes, name: str, media_type: str = PDF, *, inline: bool = True) -> Response:
    """A file, to be shown in the browser or to be saved."""
    return send_file(BytesIO(content), mimetype=media_type, download_name=name, as_attachment=not inline)


def logo_address(sheet: Sheet) -> str | None:
    """Where the picture of a sheet's head is served."""
    return f"/logos/{sheet.letterhead.logo_sha256}.png" if sheet.logo is not None else None
