"""Companies that may be billed: found, entered, edited, with what they owe, their stays and invoices."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from folios.errors import WORDS
from frontoffice import companies, invoices, notes
from frontoffice.app import db
from frontoffice.forms.companies import CompanyForm
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/companies"


@needs("guest.read")
def find() -> str:
    """Companies by code or name; without either, those who owe most."""
    text = request.args.get("name", "")
    with reading(db.session) as session:
        found = companies.find_companies(session, text)
        return page("frontoffice/companies/list.html", text=text, companies=found)


@needs("guest.edit")
def add() -> Response:
    """Enters a company; who may not set limits has somebody approve the one it gets."""
    form = CompanyForm(held=held_fields(), name=request.args.get("name"), terms_days=30)

    def work(session: Session, authority: str | None) -> Done:
        company = companies.add_company(session, operator(), authorised_by=authority, **form.fields())
        return Done(f"{HERE}/{company.id}", _("{name} was entered.", name=company.name))

    return answer(form, lambda: page("frontoffice/form.html", form=form, title=_("New company"), cancel=HERE), work)


@needs("guest.read")
def show(company_id: int) -> str:
    """A company with what it owes, its stays and its invoices."""
    with reading(db.session) as session:
        company = companies.get_company(session, company_id)
        return page(
            "frontoffice/companies/show.html",
            company=company,
            folio=companies.company_folio(session, company),
            left=companies.credit_left(session, company_id),
            stays=companies.stays_of_company(session, company_id),
            invoices=invoices.invoices_of_company(session, company_id),
            notes=notes.notes_of(session, "company", [company_id])[company_id],
            words=WORDS,
        )


@needs("guest.edit")
def edit(company_id: int) -> Response:
    """Edits a company; who was faster is shown field by field."""
    with reading(db.session) as session:
        company = companies.get_company(session, company_id)
    form = CompanyForm(held=held_fields(), obj=company)
    form.about(company)

    def work(session: Session, authority: str | None) -> Done:
        saved = companies.amend_company(session, company_id, form.seen_version, form.fields(), operator(), authority)
        return Done(f"{HERE}/{company_id}", _("{name} was saved.", name=saved.name))

    shown = {"form": form, "title": company.name, "cancel": f"{HERE}/{company_id}"}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)
