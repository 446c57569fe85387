"""Invoices: listed, issued, shown as issued, printed with each print counted, credited."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form as PlainForm

from folios.business_day import open_date
from folios.db import reading
from folios.errors import N_
from folios.texts import search_text
from frontoffice import bills, invoice_prints, invoice_series, invoices, paper
from frontoffice.app import db
from frontoffice.bill_page import bill_page, unreadable_on_paper
from frontoffice.bills import GROUPINGS, Bill
from frontoffice.forms.base import Day
from frontoffice.forms.bills import chosen_series
from frontoffice.forms.invoices import CreditForm, IssueForm, PrintForm
from frontoffice.language import gettext as _
from frontoffice.language import locale
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.bills import as_file, logo_address
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

LISTED = timedelta(days=27)
MOST = 300


class Period(PlainForm):  # type: ignore[misc]
    """From which to which business day invoices are listed."""

    first = Day(N_("From"))
    last = Day(N_("To"))


@needs("folio.read")
def overview() -> str:
    """Invoices and credit notes of some days, by number or recipient; the latest first."""
    period = Period(request.args)
    period.validate()
    text = search_text(request.args.get("text"), 100)
    with reading(db.session) as session:
        last = period.last.data or open_date(session)
        first = period.first.data or (date.min if text or last - date.min <= LISTED else last - LISTED)
        found = invoices.list_invoices(session, first, last, text=text, most=MOST, latest=True)
        shown = {"period": period, "first": first, "last": last, "text": text, "issued": found, "most": MOST}
        return page("frontoffice/invoices/list.html", **shown)


@needs("invoice.issue")
def issue(folio_id: int) -> Response:
    """Issues an invoice for what stands on the folio and on no invoice yet, which is shown beside."""
    with reading(db.session) as session:
        usual = bills.bill(session, folio_id)
        form = _issue_form(session, usual)
        chosen = form.grouping.data if form.grouping.data in GROUPINGS else "none"
        preview = invoices.to_bill(session, folio_id, chosen) if request.method == "GET" else None
        (sheet,) = paper.bill_sheets(session, [preview or usual], form.language.data)

    def work(session: Session, _authority: str | None) -> Done:
        issued = invoices.issue(
            session, folio_id, operator=operator(), recipient=form.recipient(), series=chosen_series(form),
            grouping=str(form.grouping.data), language=form.language.data, key=str(form.key.data),
        )  # fmt: skip
        return Done(f"/invoices/{issued.id}", _("Invoice {number} was issued.", number=issued.number))

    shown = {"form": form, "bill": usual, "sheet": bill_page(sheet) if preview else None, "logo": logo_address(sheet)}
    return answer(form, lambda: page("frontoffice/invoices/issue.html", **shown), work)


def _issue_form(session: Session, bill: Bill) -> IssueForm:
    """The form as it begins: made out to the guest, or to the company when the address says so."""
    to = bill.company if request.args.get("to") == "company" and bill.company else bill.recipient
    language = bill.stay.language if bill.stay and bill.stay.language else locale().language
    facts: dict[str, Any] = {name: getattr(to, name) for name in invoices.RECIPIENT_FIELDS}
    facts |= {name: request.args.get(name) for name in ("grouping", "language") if request.args.get(name)}
    form = IssueForm(held=held_fields(), **({"language": language, "grouping": "none"} | facts))
    form.offer(invoice_series.list_series(session), language)
    return form


@needs("folio.read")
def show(invoice_id: int) -> str:
    """An invoice or credit note as it was issued, with its prints."""
    with reading(db.session) as session:
        invoice = invoices.get_invoice(session, invoice_id)
        of_folio = invoices.invoices_of(session, invoice.folio_id)
        (row,) = [each for each in of_folio if each.id == invoice_id]
        (sheet,) = paper.invoice_sheets(session, [(invoice, 0)])
        others = {each.number: each.id for each in of_folio}
        shown = {"invoice": row, "others": others, "prints": invoice_prints.prints_of(session, invoice_id)}
    read = bill_page(sheet)
    shown |= {"sheet": read, "logo": logo_address(sheet), "notice": unreadable_on_paper(read), "form": PrintForm()}
    return page("frontoffice/invoices/show.html", **shown)


@needs("invoice.issue")
def print_one(invoice_id: int) -> Response:
    """Counts a print and leads to its PDF; sent again, to the same print."""
    form = PrintForm()
    with reading(db.session) as session:
        title = _("Print {number}", number=invoices.get_invoice(session, invoice_id).number)

    def work(session: Session, _authority: str | None) -> Done:
        copy = invoices.printed(session, invoice_id, operator())
        told = _("Copy {copy} was printed.", copy=copy) if copy else _("The original was printed.")
        return Done(f"/invoices/{invoice_id}.pdf?copy={copy}", told)

    cancel = f"/invoices/{invoice_id}"
    return answer(form, lambda: page("frontoffice/form.html", form=form, title=title, cancel=cancel), work)


@needs("invoice.issue")
def pdf(invoice_id: int) -> Response:
    """The PDF of a print that was counted just now."""
    typed = request.args.get("copy", "")
    copy = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1
    with reading(db.session) as session:
        invoice = invoice_prints.invoice_of_print(session, invoice_id, copy, operator())
        (sheet,) = paper.invoice_sheets(session, [(invoice, copy)])
    return as_file(paper.draw(sheet).pdf, f"{invoice.number}.pdf")


@needs("invoice.issue")
def credit(invoice_id: int) -> Response:
    """Credits an invoice whole; who may not has somebody approve it."""
    with reading(db.session) as session:
        invoice = invoices.get_invoice(session, invoice_id)
    form = CreditForm(held=held_fields())

    def work(session: Session, authority: str | None) -> Done:
        note = invoices.credit(session, invoice_id, str(form.reason.data), operator(), str(form.key.data), authority)
        return Done(
            f"/invoices/{note.id}",
            _("{credit_note} credits {invoice}.", credit_note=note.number, invoice=invoice.number),
        )

    shown = {
        "form": form,
        "title": _("Credit invoice {number}", number=invoice.number),
        "cancel": f"/invoices/{invoice_id}",
    }
    return answer(form, lambda: page("frontoffice/form.html", **shown, danger=True), work)
