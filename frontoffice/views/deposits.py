"""Deposits at the desk: taken and given back through the open shift, moved to another stay, used for a fee."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice import cashiering, deposits, offers
from frontoffice.app import db
from frontoffice.fees import codes_of
from frontoffice.forms.base import Form
from frontoffice.forms.reservations import DepositForm, DepositMoveForm, DepositRefundForm, DepositUseForm
from frontoffice.language import gettext as _
from frontoffice.lifecycle import StayUnknown, get_stay
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.sending import answer, held_fields
from frontoffice.views.stay_pages import deed_page


@needs("folio.pay")
def take(stay_id: int) -> Response:
    """Takes a deposit for a stay that has not begun; beyond its company's credit limit somebody lets it pass."""
    form = DepositForm(held=held_fields())
    _offer_codes(form)

    def work(session: Session, authority: str | None) -> Done:
        more: dict[str, Any] = {
            "over_limit_by": authority,
            "reference": form["reference"].data,
            "remark": form["remark"].data,
            "key": str(form.key.data),
        }
        company = get_stay(session, stay_id).company_id
        cashiering.take_deposit(
            session, stay_id, form["code"].data, form["amount"].data, operator(), company_id=company, **more
        )
        return Done(f"/stays/{stay_id}", _("The deposit was taken."))

    return answer(form, deed_page(stay_id, form, asks_shift=True), work)


@needs("folio.pay")
def refund(stay_id: int) -> Response:
    """Gives a deposit back the way it came, with the approval of who may refund."""
    form = DepositRefundForm(held=held_fields())
    _offer_codes(form)

    def work(session: Session, authority: str | None) -> Done:
        stay = get_stay(session, stay_id)
        folio_id = deposits.held_deposit(session, stay)
        reason, more = form["reason"].data, {"reference": form["reference"].data, "key": str(form.key.data)}
        cashiering.give_refund(
            session,
            folio_id,
            form["code"].data,
            form["amount"].data,
            reason,
            operator(),
            company_id=stay.company_id,
            authorised_by=authority,
            **more,
        )
        return Done(f"/stays/{stay_id}", _("The deposit was given back."))

    return answer(form, deed_page(stay_id, form, asks_shift=True), work)


@needs("folio.transfer")
def move(stay_id: int) -> Response:
    """Moves the whole deposit to another stay that has not begun."""
    form = DepositMoveForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        to = offers.find_stay_id(session, form["to"].data)
        if to is None:
            raise StayUnknown(stay=form["to"].data)
        deed = cashiering.origin(session, operator(), str(form.key.data))
        deposits.move_deposit(session, stay_id, to, deed, form["reason"].data)
        return Done(f"/stays/{to}", _("The deposit was moved here."))

    return answer(form, deed_page(stay_id, form), work)


@needs("folio.transfer")
def use(stay_id: int) -> Response:
    """Moves the deposit of a cancelled stay or a no-show to its first window, where a fee can be charged."""
    form = DepositUseForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        window = deposits.apply_deposit(session, stay_id, operator())
        return Done(f"/folios/{window.folio_id}", _("The deposit is on this window now. Charge the fee to it."))

    return answer(form, deed_page(stay_id, form), work)


def _offer_codes(form: Form) -> None:
    with reading(db.session) as session:
        form["code"].offer([(code, f"{code} · {name}") for code, name in codes_of(session, "payment")])
