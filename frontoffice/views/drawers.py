"""Cash drawers are set up, and the coins and notes they are counted by. What a drawer holds is told by no page here."""

from __future__ import annotations

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from folios.errors import NoDrawer
from folios.folios import get_folio
from folios.ledger import currency
from frontoffice import cashiering
from frontoffice.app import db
from frontoffice.forms.drawers import DenominationsForm, DrawerForm, DrawerSwitchForm, written
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/set-up/drawers"


@needs("property.set_up")
def overview() -> str:
    """The drawers, with who has each, and the coins and notes."""
    with reading(db.session) as session:
        shown = {"drawers": cashiering.drawers(session), "values": cashiering.denominations(session)}
        return page("frontoffice/drawers/list.html", **shown)


@needs("property.set_up")
def add() -> Response:
    """Adds a drawer."""
    form = DrawerForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        cashiering.add_drawer(session, str(form["name"].data), str(form.number.data), operator())
        return Done(HERE, _("Drawer {name} was added.", name=form["name"].data))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("property.set_up")
def switch_on(folio_id: int) -> Response:
    """Lets shifts be opened at a drawer again."""
    return _switch(folio_id, True)


@needs("property.set_up")
def switch_off(folio_id: int) -> Response:
    """Lets no more shifts be opened at a drawer."""
    return _switch(folio_id, False)


def _switch(folio_id: int, active: bool) -> Response:
    form = DrawerSwitchForm(held=held_fields())
    with reading(db.session) as session:
        found = [each for each in cashiering.drawers(session) if each.folio_id == folio_id]
        if not found:
            raise NoDrawer(folio=get_folio(session, folio_id).number)
        name = found[0].name

    def work(session: Session, _authority: str | None) -> Done:
        cashiering.switch_drawer(session, folio_id, active, operator())
        return Done(HERE, _("Drawer {name} is on.", name=name) if active else _("Drawer {name} is off.", name=name))

    title = _("Switch {name} on", name=name) if active else _("Switch {name} off", name=name)
    return answer(form, lambda: page("frontoffice/form.html", form=form, title=title, cancel=HERE), work)


@needs("property.set_up")
def denominations() -> Response:
    """Says by which coins and notes drawers are counted."""
    with reading(db.session) as session:
        kept_in = currency(session)
        form = DenominationsForm(held=held_fields(), values=written(cashiering.denominations(session), kept_in))
    form.currency = kept_in

    def work(session: Session, _authority: str | None) -> Done:
        cashiering.set_denominations(session, form.values_minor(), operator())
        return Done(HERE, _("The coins and notes were saved."))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)
