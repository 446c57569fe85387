"""Outlets as they are set up: listed with what is missing, added, their codes, articles and tariffs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice.app import db
from frontoffice.forms.codes import SwitchForm
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from pos_bridge import outlets, outlets_shown
from pos_bridge.forms import outlets as forms
from pos_bridge.forms.terminals import RIGHT_WORDS
from pos_bridge.models.outlets import Outlet

HERE = "/set-up/outlets"
EVERY = "any"
"""How the tariff of every call, which begins with nothing, stands in an address."""


def outlet_address(code: str, deed: str = "") -> str:
    """The page of an outlet, or one of its deeds."""
    return f"{HERE}/{quote(code, safe='')}{f'/{deed}' if deed else ''}"


def tariff_address(code: str, prefix: str, deed: str) -> str:
    """A deed of a tariff."""
    return outlet_address(code, f"tariffs/{quote(prefix, safe='') or EVERY}/{deed}")


@needs("outlet.set_up")
def overview() -> str:
    """All outlets with what each still lacks."""
    with reading(db.session) as session:
        found = outlets_shown.all_outlets(session)
        return page("pos_bridge/outlets/list.html", outlets=found, outlet_address=outlet_address)


@needs("outlet.set_up")
def add() -> Response:
    """Adds an outlet."""
    form = forms.OutletForm(held=held_fields(), shows_guest=True, treatment="inside")
    with reading(db.session) as session:
        form.offer(outlets_shown.free_folios(session))
        form.offer_suspense(outlets_shown.suspense_folios(session))
    form.offer_treatments()

    def work(session: Session, _authority: str | None) -> Done:
        added = outlets.add_outlet(
            session,
            code=form["code"].data,
            name=form["name"].data,
            folio_id=int(form["folio"].data) if form["folio"].data else None,
            treatment=form["treatment"].data,
            suspense_folio_id=_suspense(session, form["suspense_folio_id"].data),
            shows_guest=form["shows_guest"].data,
            operator=operator(),
        )
        return Done(
            outlet_address(added.code), _("Outlet {outlet} was added. Set the codes of its lines.", outlet=added.code)
        )

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


def _suspense(session: Session, chosen: str | None) -> int | None:
    """The suspense folio that was chosen; it is opened where there is none."""
    if chosen == forms.NEW_SUSPENSE:
        return outlets.open_suspense(session, operator()).id
    return None if chosen is None else int(chosen)


@needs("outlet.set_up")
def show(code: str) -> str:
    """An outlet: what it is, the codes of its lines, its articles, tariffs and terminals."""
    with reading(db.session) as session:
        return page(
            "pos_bridge/outlets/show.html",
            shown=outlets_shown.one_outlet(session, code),
            kinds=forms.KIND_WORDS,
            treatments=forms.TREATMENT_WORDS,
            rights=RIGHT_WORDS,
            outlet_address=outlet_address,
            tariff_address=tariff_address,
        )


@needs("outlet.set_up")
def edit(code: str) -> Response:
    """Changes what an outlet is called, where its taxes are, and what becomes of what cannot be placed."""
    with reading(db.session) as session:
        found = outlets.get_outlet(session, code)
        form = forms.OutletEditForm(held=held_fields(), obj=found)
        form.offer_suspense(outlets_shown.suspense_folios(session, found.suspense_folio_id))
    form.offer_treatments()

    def work(session: Session, _authority: str | None) -> Done:
        changes = {name: form[name].data for name in ("name", "treatment", "shows_guest")}
        changes["suspense_folio_id"] = _suspense(session, form["suspense_folio_id"].data)
        outlets.amend_outlet(session, code, form.seen_version, changes, operator())
        return Done(outlet_address(code), _("Outlet {outlet} was saved.", outlet=code))

    shown = {"form": form, "title": _("Outlet {outlet}", outlet=code), "cancel": outlet_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("outlet.set_up")
def switch_on(code: str) -> Response:
    """Lets an outlet charge again."""
    return _switch(code, True, _("Switch {outlet} on", outlet=code), _("Outlet {outlet} is on.", outlet=code))


@needs("outlet.set_up")
def switch_off(code: str) -> Response:
    """Keeps an outlet from charging; what it charged stays."""
    return _switch(code, False, _("Switch {outlet} off", outlet=code), _("Outlet {outlet} is off.", outlet=code))


def _switch(code: str, active: bool, title: str, told: str) -> Response:
    form = SwitchForm(held=held_fields())
    with reading(db.session) as session:
        outlets.get_outlet(session, code)

    def work(session: Session, _authority: str | None) -> Done:
        seen_version = outlets.get_outlet(session, code).version
        outlets.amend_outlet(session, code, seen_version, {"active": active}, operator())
        return Done(outlet_address(code), told)

    shown = {"form": form, "title": title, "cancel": outlet_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("outlet.set_up")
def set_codes(code: str) -> Response:
    """Says which code each line of the outlet's checks is booked with."""
    with reading(db.session) as session:
        found = outlets.get_outlet(session, code)
        standing, offered = outlets.line_codes(session, code), outlets_shown.codes_of_lines(session, found)
    form = forms.line_codes_form(standing, offered, request.form.get("rows"), held=held_fields(), version=found.version)

    def work(session: Session, _authority: str | None) -> Done:
        outlets.set_codes(session, code, form.seen_version, form.chosen(), operator())
        return Done(outlet_address(code), _("The codes of {outlet} were saved.", outlet=code))

    return answer(
        form, lambda: page("pos_bridge/outlets/codes.html", form=form, cancel=outlet_address(code), outlet=found), work
    )


# --- articles and tariffs ---------------------------------------------------------------------------------------


@needs("outlet.set_up")
def add_article(code: str) -> Response:
    """Adds an article."""
    form = forms.ArticleForm(held=held_fields())
    _offer_codes(form, code)

    def work(session: Session, _authority: str | None) -> Done:
        added = outlets.add_article(
            session,
            code,
            number=form["number"].data,
            name=form["name"].data,
            code=form["code"].data,
            price_minor=form.price.minor or 0,
            operator=operator(),
        )
        return Done(outlet_address(code), _("Article {article} was added.", article=f"{added.number} · {added.name}"))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=outlet_address(code)), work)


@needs("outlet.set_up")
def edit_article(code: str, number: int) -> Response:
    """Changes an article, or takes it out of sale."""
    with reading(db.session) as session:
        form = forms.ArticleEditForm(held=held_fields(), obj=outlets.get_article(session, code, number))
    _offer_codes(form, code)

    def work(session: Session, _authority: str | None) -> Done:
        changes = {name: form[name].data for name in ("name", "code", "active")}
        changes["price_minor"] = form.price_minor.minor or 0
        outlets.amend_article(session, code, number, form.seen_version, changes, operator())
        return Done(outlet_address(code), _("Article {article} was saved.", article=number))

    shown = {"form": form, "title": _("Article {article}", article=number), "cancel": outlet_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("outlet.set_up")
def add_tariff(code: str) -> Response:
    """Adds a tariff of calls."""
    form = forms.TariffForm(held=held_fields())
    _offer_codes(form, code)

    def work(session: Session, _authority: str | None) -> Done:
        facts: dict[str, Any] = {"prefix": form["prefix"].data or "", "name": form["name"].data}
        facts |= {"code": form["code"].data, **form.costs()}
        added = outlets.add_tariff(session, code, **facts, operator=operator())
        return Done(outlet_address(code), _("Tariff {tariff} was added.", tariff=added.name))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=outlet_address(code)), work)


@needs("outlet.set_up")
def edit_tariff(code: str, prefix: str) -> Response:
    """Changes a tariff."""
    begins = _prefix(prefix)
    with reading(db.session) as session:
        form = forms.TariffEditForm(held=held_fields(), obj=outlets.get_tariff(session, code, begins))
    _offer_codes(form, code)

    def work(session: Session, _authority: str | None) -> Done:
        changes = {"name": form["name"].data, "code": form["code"].data, **form.costs()}
        outlets.amend_tariff(session, code, begins, form.seen_version, changes, operator())
        return Done(outlet_address(code), _("Tariff {tariff} was saved.", tariff=changes["name"]))

    shown = {
        "form": form,
        "title": _("Tariff of calls to {prefix}", prefix=begins or "*"),
        "cancel": outlet_address(code),
    }
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("outlet.set_up")
def remove_tariff(code: str, prefix: str) -> Response:
    """Takes a tariff out."""
    begins = _prefix(prefix)
    with reading(db.session) as session:
        form = forms.TariffRemoveForm(held=held_fields(), obj=outlets.get_tariff(session, code, begins))

    def work(session: Session, _authority: str | None) -> Done:
        outlets.remove_tariff(session, code, begins, form.seen_version, operator())
        return Done(outlet_address(code), _("The tariff of calls to {prefix} was removed.", prefix=begins or "*"))

    title = _("Remove the tariff of calls to {prefix}", prefix=begins or "*")
    shown = {"form": form, "title": title, "cancel": outlet_address(code), "danger": True}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


def _prefix(text: str) -> str:
    return "" if text == EVERY else text


def _offer_codes(
    form: forms.ArticleForm | forms.ArticleEditForm | forms.TariffForm | forms.TariffEditForm, code: str
) -> None:
    """Offers the codes that post to the outlet's own control folio."""
    with reading(db.session) as session:
        found: Outlet = outlets.get_outlet(session, code)
        form.code.offer(outlets_shown.codes_of_items(session, found))
