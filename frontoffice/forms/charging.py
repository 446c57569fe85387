"""The forms of charging from outlets: stops, who else lives in a room, cards of the house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from folios.errors import N_, Refusal
from frontoffice.charge_cards import PaymentCard
from frontoffice.forms.base import Choice, EditForm, Form, Text
from frontoffice.forms.reservations import GuestPart
from frontoffice.language import gettext as _
from frontoffice.models.charging import CARD_LENGTH, REASON_LENGTH


class StopForm(Form):
    """Why outlets may not charge a folio, and which of them. Without outlets to choose from it is all of them."""

    title = N_("Stop outlets")
    submit = N_("Stop charges")
    PLACES: ClassVar = {"stop.set_before": "outlet"}

    outlet = Choice(N_("Outlet"), none=N_("every outlet"))
    reason = Text(
        N_("Reason"), needed=True, most=REASON_LENGTH, hint=N_("The outlets may not charge; the desk itself still can.")
    )

    def offer(self, outlets: Sequence[tuple[str, str]]) -> None:
        """Sets which outlets can be chosen, by code and name."""
        if outlets:
            self.outlet.offer([(code, f"{name} ({code})") for code, name in outlets])
        else:
            del self.outlet

    @property
    def chosen(self) -> str | None:
        """The code of the outlet; None for every outlet."""
        return self["outlet"].data if "outlet" in self else None


class LiftForm(Form):
    """A stop to be lifted."""

    title = N_("Let outlets charge again")
    submit = N_("Let outlets charge again")


class SharerForm(GuestPart):
    """Somebody who lives in the room as well: known or new, and where their charges go."""

    title = N_("Add to the room")
    submit = N_("Add")
    PLACES: ClassVar = {
        "guest.unknown": "surname",
        "guest.same_name": "surname",
        "sharer.own_guest": "surname",
        "sharer.there_before": "surname",
        "window.not_open": "window",
    }

    window = Choice(N_("Charges go to"), needed=True)


class SharerWindowForm(EditForm):
    """Another window for the charges of somebody who shares a room."""

    title = N_("Charges go to another window")
    PLACES: ClassVar = {"window.not_open": "window"}

    window = Choice(N_("Charges go to"), needed=True)


class TakeOutForm(Form):
    """Somebody does not live in a room any more."""

    title = N_("Take out of the room")
    submit = N_("Take out of the room")


class CardForm(Form):
    """A card of the house to be given."""

    title = N_("Give a card")
    submit = N_("Give")
    PLACES: ClassVar = {
        "card.number_invalid": "number",
        "card.payment_card_kind": "number",
        "card.in_use": "number",
    }

    number = Text(
        N_("Number of the card"),
        needed=True,
        most=2 * CARD_LENGTH,
        hint=N_("A key card, staff badge or club card: type or swipe it. Never a payment card."),
    )

    def refuse(self, refusal: Refusal) -> None:
        """Keeps what was typed, but for the number of a payment card, which is not shown again either."""
        super().refuse(refusal)
        if isinstance(refusal, PaymentCard):
            self.number.data = None


class CardBackForm(EditForm):
    """A card to be taken back; `version` is the card's, so that nobody takes it from another it was given to since."""

    title = N_("Take the card back")
    submit = N_("Take the card back")


def window_choices(windows: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The windows of a stay as they stand in a list: number, and whom the bill is for where that is known."""
    return [
        (
            window,
            _("Window {window}: {name}", window=window, name=name) if name else _("Window {window}", window=window),
        )
        for window, name in windows
    ]
