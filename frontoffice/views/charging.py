"""Charging from outlets: a folio stopped and allowed, people added to a room, cards given and taken back.

What other pages show of it stands in `charging_blocks.py`.
"""

from __future__ import annotations

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from folios.folios import get_folio
from frontoffice import charge_cards, charge_stops, sharers
from frontoffice.app import db
from frontoffice.forms.charging import (
    CardBackForm,
    CardForm,
    LiftForm,
    SharerForm,
    SharerWindowForm,
    StopForm,
    TakeOutForm,
    window_choices,
)
from frontoffice.guests import get_guest
from frontoffice.language import gettext as _
from frontoffice.lifecycle import get_stay
from frontoffice.models.charging import ChargeCard
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.folios import beside
from frontoffice.views.pages import page
from frontoffice.views.reservations import guest_of, picks_for
from frontoffice.views.sending import answer, held_fields
from frontoffice.views.stay_pages import deed_page, stay_page

# --- stops ----------------------------------------------------------------------------------------------------


@needs("folio.stop")
def stop(folio_id: int) -> Response:
    """Says that outlets may not charge a folio: one of them, or all."""
    with reading(db.session) as session:
        get_folio(session, folio_id)
        form = StopForm(held=held_fields())
        form.offer(charge_stops.outlets(session))

    def work(session: Session, _authority: str | None) -> Done:
        charge_stops.set_stop(session, folio_id, form["reason"].data, operator(), outlet=form.chosen)
        return Done(f"/folios/{folio_id}", _("Charges from outlets are stopped."))

    return answer(form, lambda: beside(folio_id, "stop", form), work)


@needs("folio.stop")
def lift(folio_id: int, stop_id: int) -> Response:
    """Lets outlets charge a folio again."""
    form = LiftForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        charge_stops.lift_stop(session, folio_id, stop_id, operator())
        return Done(f"/folios/{folio_id}", _("Outlets may charge again."))

    return answer(form, lambda: beside(folio_id, "lift", form), work)


# --- who else lives in a room ---------------------------------------------------------------------------------


@needs("stay.reserve")
def add_sharer(stay_id: int) -> Response:
    """Adds somebody to a room: a guest who is known, or a new one."""
    with reading(db.session) as session:
        form = SharerForm(held=held_fields())
        form["window"].offer(window_choices(sharers.open_windows_of(session, get_stay(session, stay_id))))

    def work(session: Session, _authority: str | None) -> Done:
        guest_id = guest_of(session, form)
        sharers.add_sharer(session, stay_id, guest_id, operator(), window=int(form["window"].data))
        return Done(f"/stays/{stay_id}", _("Added to the room."))

    def shown() -> str:
        with reading(db.session) as session:
            picks = picks_for(session, form)
        return stay_page("frontoffice/charging/sharer.html", stay_id, form=form, picks=picks)

    return answer(form, shown, work)


@needs("stay.reserve")
def change_sharer(stay_id: int, guest_id: int) -> Response:
    """Sends the charges of somebody who shares a room to another window; who was faster is shown."""
    with reading(db.session) as session:
        stay, sharer = get_stay(session, stay_id), sharers.get_sharer(session, stay_id, guest_id)
        name = sharer.guest.name
        form = SharerWindowForm(held=held_fields(), window=sharer.window, version=sharer.version)
        form["window"].offer(window_choices(sharers.open_windows_of(session, stay)))

    def work(session: Session, _authority: str | None) -> Done:
        wanted = int(form["window"].data)
        sharers.change_window(session, stay_id, guest_id, form.seen_version, wanted, operator())
        return Done(f"/stays/{stay_id}", _("The charges of {name} go to window {window}.", name=name, window=wanted))

    return answer(form, deed_page(stay_id, form, lead=name), work)


@needs("stay.reserve")
def remove_sharer(stay_id: int, guest_id: int) -> Response:
    """Takes somebody out of a room they share."""
    with reading(db.session) as session:
        name = get_guest(session, guest_id).name
    form = TakeOutForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        sharers.remove_sharer(session, stay_id, guest_id, operator())
        return Done(f"/stays/{stay_id}", _("{name} does not live in the room any more.", name=name))

    return answer(form, deed_page(stay_id, form, danger=True, lead=name), work)


# --- cards ----------------------------------------------------------------------------------------------------


@needs("card.give")
def give_to_account(folio_id: int) -> Response:
    """Gives a card of the house to an account."""
    with reading(db.session) as session:
        get_folio(session, folio_id)
    form = CardForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        card = charge_cards.give_card(session, form["number"].data, operator(), folio_id=folio_id)
        return Done(f"/folios/{folio_id}", _("Card {card} was given.", card=card.number))

    return answer(form, lambda: beside(folio_id, "card", form), work)


@needs("card.give")
def give_to_guest(stay_id: int) -> Response:
    """Gives a card of the house to a stay."""
    form = CardForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        card = charge_cards.give_card(session, form["number"].data, operator(), stay_id=stay_id)
        return Done(f"/stays/{stay_id}", _("Card {card} was given.", card=card.number))

    return answer(form, deed_page(stay_id, form), work)


@needs("card.give")
def take_back(number: str) -> Response:
    """Takes a card back from the stay or account that has it."""
    with reading(db.session) as session:
        card = charge_cards.get_card(session, number)
        lead = f"{number} · {charge_cards.holder(session, card).name}"
    form = CardBackForm(held=held_fields(), version=card.version)

    def work(session: Session, _authority: str | None) -> Done:
        back = charge_cards.take_card_back(session, number, form.seen_version, operator())
        return Done(_place(back), _("Card {card} was taken back.", card=number))

    shown = {"form": form, "lead": lead, "cancel": _place(card), "danger": True}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


def _place(card: ChargeCard) -> str:
    """The page of whose card it is, or was."""
    return f"/folios/{card.folio_id}" if card.stay_id is None else f"/stays/{card.stay_id}"
