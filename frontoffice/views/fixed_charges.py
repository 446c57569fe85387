"""Fixed charges of a stay: entered, edited, ended. The stay's page shows them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from frontoffice import fixed_charges as rules
from frontoffice.app import db
from frontoffice.fees import codes_of
from frontoffice.fixed_charges import NewFixedCharge
from frontoffice.forms.fixed_charges import FREQUENCY_WORDS, EndFixedChargeForm, FixedChargeForm
from frontoffice.language import gettext as _
from frontoffice.lifecycle import get_stay
from frontoffice.models.stays import MOST_WINDOWS
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.sending import answer, held_fields
from frontoffice.views.stay_pages import deed_page


@needs("stay.fixed_charge")
def add(stay_id: int) -> Response:
    """Enters a fixed charge."""
    with reading(db.session) as session:
        stay = get_stay(session, stay_id)
        begin = {"from_date": max(open_date(session), stay.arrival), "quantity": 1, "window": 1, "frequency": "daily"}
        form = _form(session, **begin)

    def work(session: Session, _authority: str | None) -> Done:
        rules.add_fixed_charge(session, stay_id, _read(form), operator())
        return Done(f"/stays/{stay_id}", _("The night audit will charge it."))

    return answer(form, deed_page(stay_id, form), work)


@needs("stay.fixed_charge")
def edit(stay_id: int, charge_id: int) -> Response:
    """Changes what is posted from now on; who was faster is shown."""
    with reading(db.session) as session:
        found = rules.get_fixed_charge(session, stay_id, charge_id)
        names = ("code", "quantity", "frequency", "from_date", "to_date", "window", "text", "version")
        form = _form(session, price=found.price_minor, **{name: getattr(found, name) for name in names})

    def work(session: Session, _authority: str | None) -> Done:
        rules.amend_fixed_charge(session, stay_id, charge_id, form.seen_version, _read(form), operator())
        return Done(f"/stays/{stay_id}", _("The fixed charge was saved."))

    return answer(form, deed_page(stay_id, form), work)


@needs("stay.fixed_charge")
def end(stay_id: int, charge_id: int) -> Response:
    """Ends a fixed charge."""
    with reading(db.session) as session:
        found = rules.get_fixed_charge(session, stay_id, charge_id)
        lead = " · ".join(each for each in (found.code, found.text) if each)
    form = EndFixedChargeForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        rules.end_fixed_charge(session, stay_id, charge_id, operator())
        return Done(f"/stays/{stay_id}", _("The night audit charges it no more."))

    return answer(form, deed_page(stay_id, form, danger=True, lead=lead), work)


def _form(session: Session, **begin: Any) -> FixedChargeForm:
    form = FixedChargeForm(held=held_fields(), **begin)
    form["code"].offer([(code, f"{code} · {name}") for code, name in codes_of(session, "charge")])
    form["frequency"].offer([(value, _(words)) for value, words in FREQUENCY_WORDS])
    form["window"].offer([(number, str(number)) for number in range(1, MOST_WINDOWS + 1)])
    return form


def _read(form: FixedChargeForm) -> NewFixedCharge:
    return NewFixedCharge(
        code=str(form.code.data),
        price_minor=form.price.minor or 0,
        frequency=str(form.frequency.data),
        from_date=form.from_date.data or date.min,
        to_date=form.to_date.data,
        quantity=form.quantity.data or 0,
        window=int(form.window.data or 0),
        text=form.text.data,
    )
