"""Transaction codes and taxes: listed by department, added with their folio, amended, switched off."""

from __future__ import annotations

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios import codes as ledger
from folios.business_day import open_date
from folios.db import reading
from folios.errors import WORDS
from frontoffice import codes
from frontoffice.app import db
from frontoffice.forms.codes import (
    CodeForm,
    CodeNameForm,
    RateForm,
    SwitchForm,
    TaxForm,
    generates_form,
    percent,
    spoken_code,
)
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.addresses import code_address
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/set-up/codes"
SHOWN = {"words": WORDS, "code_address": code_address}


@needs("code.set_up")
def overview() -> str:
    """All codes by department."""
    with reading(db.session) as session:
        return page("frontoffice/codes/list.html", departments=codes.by_department(session), **SHOWN)


@needs("code.set_up")
def add() -> Response:
    """Adds a code."""
    form = CodeForm(held=held_fields())
    with reading(db.session) as session:
        form.offer(codes.departments(session), codes.revenue_folios(session))

    def work(session: Session, _authority: str | None) -> Done:
        added = codes.add_code(
            session,
            sort=form["sort"].data,
            code=spoken_code(form["code"].data),
            name=form["name"].data,
            department=form["new_department"].data or form["department"].data,
            price_minor=form.price.minor,
            folio_id=int(form["folio"].data) if form["folio"].data else None,
            operator=operator(),
        )
        return Done(code_address(added.code), _("Code {code} was added.", code=added.code))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("code.set_up")
def show(code: str) -> str:
    """A code with its other side, what it generates, what 100 becomes, and, of a tax, its rates."""
    with reading(db.session) as session:
        found = codes.get_code(session, code)
        return page(
            "frontoffice/codes/show.html",
            code=found,
            folio=codes.other_side(session, found),
            generated=codes.taxes_of(session, found.code),
            example=codes.example(session, found.code) if found.kind == "charge" else None,
            tax=codes.tax_of(session, found.code),
            **SHOWN,
            percent=percent,
            switch=SwitchForm(),
        )


@needs("code.set_up")
def edit(code: str) -> Response:
    """Changes a code's name, department or price."""
    with reading(db.session) as session:
        form = CodeNameForm(held=held_fields(), obj=codes.get_code(session, code))

    def work(session: Session, _authority: str | None) -> Done:
        changes = {
            "name": form["name"].data,
            "department": form["department"].data,
            "price_minor": form.price_minor.minor,
        }
        ledger.amend_code(session, code, form.seen_version, changes, operator())
        return Done(code_address(code), _("Code {code} was saved.", code=code))

    shown = {"form": form, "title": _("Code {code}", code=code), "cancel": code_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("code.set_up")
def switch_on(code: str) -> Response:
    """Lets a code be posted with again."""
    return _switch(code, True, _("Switch {code} on", code=code), _("Code {code} is on.", code=code))


@needs("code.set_up")
def switch_off(code: str) -> Response:
    """Keeps a code from being posted with; what was posted stays."""
    return _switch(code, False, _("Switch {code} off", code=code), _("Code {code} is off.", code=code))


def _switch(code: str, active: bool, title: str, told: str) -> Response:
    form = SwitchForm(held=held_fields())
    with reading(db.session) as session:
        codes.get_code(session, code)

    def work(session: Session, _authority: str | None) -> Done:
        ledger.switch_code(session, code, active, operator())
        return Done(code_address(code), told)

    shown = {"form": form, "title": title, "cancel": code_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("code.set_up")
def set_taxes(code: str) -> Response:
    """Says which taxes a code generates."""
    with reading(db.session) as session:
        found = codes.get_code(session, code)
        offered = [(tax.code, f"{tax.code} · {row.name}") for tax, row in codes.all_taxes(session) if tax.code != code]
        standing = [tax for tax, _named in codes.taxes_of(session, code)]
        form = generates_form(offered, standing, held=held_fields())
        title = _("Taxes of {code}", code=f"{found.code} · {found.name}")

    def work(session: Session, _authority: str | None) -> Done:
        codes.set_taxes(session, code, form.chosen(), form.seen_taxes(), operator())
        return Done(code_address(code), _("The taxes of {code} were saved.", code=code))

    lead = _("In the order they are worked out. For charges from now on.")
    shown = {"form": form, "title": title, "lead": lead, "cancel": code_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("code.set_up")
def add_tax() -> Response:
    """Adds a tax or service charge."""
    with reading(db.session) as session:
        form = TaxForm(held=held_fields(), valid_from=open_date(session))
    form.offer()

    def work(session: Session, _authority: str | None) -> Done:
        added = codes.add_tax(
            session,
            code=spoken_code(form["code"].data),
            name=form["name"].data,
            way=form["way"].data,
            stacked=form["stacked"].data,
            service=form["service"].data,
            valid_from=form["valid_from"].data,
            rate_ppm=form["rate"].data or 0,
            amount_minor=form.amount.minor or 0,
            operator=operator(),
        )
        return Done(code_address(added.code), _("Tax {code} was added. Say which codes generate it.", code=added.code))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("code.set_up")
def set_rate(code: str) -> Response:
    """Sets a tax's rate from a day on."""
    with reading(db.session) as session:
        codes.get_code(session, code)
        found = codes.tax_of(session, code)
    form = RateForm(held=held_fields())
    if found is not None:
        form.keep_only(found[0].basis)

    def work(session: Session, _authority: str | None) -> Done:
        ledger.set_rate(session, code, form["valid_from"].data, **form.figures(), operator=operator())
        return Done(code_address(code), _("The rate of {code} was saved.", code=code))

    shown = {"form": form, "title": _("New rate of {code}", code=code), "cancel": code_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)
