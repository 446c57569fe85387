"""The safe at the desk: what it holds, what moved by whom, cash brought into it and taken from it to the bank."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.drafts import Posted
from folios.errors import N_, AmountNotPositive
from folios.money import format_amount
from frontoffice import safe
from frontoffice.app import db
from frontoffice.forms.safe import BringInForm, TakeToBankForm
from frontoffice.language import gettext as _
from frontoffice.language import locale
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/safe"
LISTED = timedelta(days=27)
PLACE_WORDS = {
    "drawer": N_("drawer"),
    "bank": N_("bank"),
    "over": N_("cash over"),
    "short": N_("cash short"),
    "": N_("elsewhere"),
}


@needs("safe.move")
def show() -> str:
    """What the books have in the safe, and what moved in the last weeks, in all and by person."""
    with reading(db.session) as session:
        today = open_date(session)
        moved = safe.movements(session, today - LISTED, today)
        shown = {"standing": safe.stands(session), "moved": moved, "people": safe.by_person(moved)}
        return page("frontoffice/safe/show.html", words=PLACE_WORDS, **shown)


@needs("safe.move")
def bring() -> Response:
    """Brings cash into the safe."""
    return _moving(BringInForm(held=held_fields()), safe.bring_in, N_("{amount} was brought into the safe."))


@needs("safe.move")
def bank() -> Response:
    """Takes cash from the safe to the bank."""
    return _moving(TakeToBankForm(held=held_fields()), safe.take_to_bank, N_("{amount} left the safe for the bank."))


def _moving(form: BringInForm | TakeToBankForm, verb: Callable[..., Posted], message: str) -> Response:
    def work(session: Session, _authority: str | None) -> Done:
        amount = form.amount.data
        if amount is None:
            raise AmountNotPositive
        more = {"reference": form.reference.data, "remark": form.remark.data, "key": str(form.key.data)}
        verb(session, amount, operator(), **more)
        return Done(HERE, _(message, amount=f"{format_amount(amount, str(locale()))} {amount.currency}"))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)
