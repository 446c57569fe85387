"""The forms of stays from the check-in on: check in, walk in, move, new dates, another window, taking back."""

from __future__ import annotations

from typing import ClassVar

from folios.errors import N_, Refusal
from frontoffice.fields import ADDRESS_FIELDS
from frontoffice.forms.base import Amount, Approval, ApprovedForm, Choice, EditForm, Form, Paragraph, Text, Whole, Yes
from frontoffice.forms.reservations import (
    NOBODY,
    GuestPart,
    NearDay,
    RateOverrideUnapproved,
    ReservationForm,
)
from frontoffice.guests import FIELDS
from frontoffice.reservations import REMARK_LENGTH


class LimitUnapproved(Refusal):
    code = "house_limit.unapproved"
    message = N_("A house limit above the usual {limit} needs an approval.")


UNUSUAL_LIMIT = Approval("folio.limit", (LimitUnapproved,))
ROOM_PLACES = {
    "room_type.sold_out": "room_id",
    "stay.no_room": "room_id",
    "stay.same_room": "room_id",
    "payment.tender_missing": "pay_code",
    "amount.too_large": "pay_amount",
    "amount.not_positive": "pay_amount",
    "shift.needed": "pay_amount",
    "house_limit.negative": "house_limit",
}


class _RoomPart(Form):
    """A form with a room to be chosen: what a room is refused for stands beside it."""

    def _place(self, refusal: Refusal) -> str | None:
        return "room_id" if refusal.code.startswith("room.") else super()._place(refusal)


class CheckInForm(_RoomPart, EditForm, ApprovedForm):
    """The arrival on one page. `version` is of the guest's profile, whose gaps are filled in here."""

    title = N_("Check in")
    submit = N_("Check in")
    approval = UNUSUAL_LIMIT
    PLACES: ClassVar = ROOM_PLACES

    room_id = Choice(N_("Room"), needed=True, none=NOBODY)
    accept_out_of_service = Yes(N_("Out of service is accepted"))
    payment_method = Choice(N_("Pays by"), none=NOBODY)
    house_limit = Amount(N_("House limit"), hint=N_("Empty: the usual one of how the guest pays."))
    id_document = Text(N_("Identity document"), most=FIELDS["id_document"])
    address = Text(N_("Street"), most=ADDRESS_FIELDS["address"])
    postal_code = Text(N_("Postal code"), most=ADDRESS_FIELDS["postal_code"])
    city = Text(N_("City"), most=ADDRESS_FIELDS["city"])
    country = Text(N_("Country"), most=2, hint=N_("Two letters, such as PT."))
    email = Text(N_("E-mail"), most=ADDRESS_FIELDS["email"])
    pay_amount = Amount(N_("Pays now"), hint=N_("Optional; goes through your shift."))
    pay_code = Choice(N_("Paid with"), none=NOBODY)
    pay_reference = Text(N_("Reference"), most=100)

    PROFILE: ClassVar = ("id_document", "address", "postal_code", "city", "country", "email")

    def profile(self) -> dict[str, str | None]:
        """What stands in the fields of the guest's profile."""
        return {name: self[name].data for name in self.PROFILE}


class WalkInForm(_RoomPart, GuestPart, ApprovedForm):
    """Somebody stands at the desk without a reservation: guest, room, nights and payment at once."""

    title = N_("Walk-in")
    submit = N_("Check in")
    approval = Approval("rate.override", (RateOverrideUnapproved,))
    PLACES: ClassVar = {**ReservationForm.PLACES, **ROOM_PLACES}

    id_document = Text(N_("Identity document"), most=FIELDS["id_document"])
    country = Text(N_("Country"), most=2, hint=N_("Two letters, such as PT."))
    room_id = Choice(N_("Room"), needed=True, none=NOBODY)
    nights = Whole(N_("Nights"), needed=True, hint=N_("0: by day only."))
    accept_out_of_service = Yes(N_("Out of service is accepted"))
    rate_code = Choice(N_("Rate"), needed=True)
    adults = Whole(N_("Adults"), needed=True)
    children = Whole(N_("Children"))
    payment_method = Choice(N_("Pays by"), needed=True)
    price = Amount(N_("Agreed price per night"), hint=N_("Only when it is not the rate's."))
    reason = Text(N_("Reason for the price"), most=200)
    pay_amount = Amount(N_("Pays now"), hint=N_("Optional; goes through your shift."))
    pay_code = Choice(N_("Paid with"), none=NOBODY)
    pay_reference = Text(N_("Reference"), most=100)
    remark = Paragraph(N_("Remark"), most=REMARK_LENGTH)

    NEW_GUEST: ClassVar[tuple[str, ...]] = (*GuestPart.NEW_GUEST, "id_document", "country")


class MoveForm(_RoomPart):
    """Another room for somebody in house."""

    title = N_("Move to another room")
    submit = N_("Move")
    PLACES: ClassVar = {"room_type.sold_out": "room_id", "stay.same_room": "room_id"}

    room_id = Choice(N_("Room"), needed=True, none=NOBODY)
    accept_out_of_service = Yes(N_("Out of service is accepted"))
    reason = Text(N_("Reason"), most=200)


class DepartureForm(Form):
    """Another departure for somebody in house: later or earlier."""

    title = N_("Extend or shorten")
    submit = N_("Save")
    PLACES: ClassVar = {
        "stay.departure_not_possible": "departure",
        "stay.too_long": "departure",
        "stay.departure_before_arrival": "departure",
        "room_type.sold_out": "departure",
        "room.taken": "departure",
        "room.out_of_order": "departure",
    }

    departure = NearDay(N_("Departure"), needed=True)


class WindowForm(Form):
    """Another window of a stay: whom its bill is for."""

    title = N_("Open a window")
    submit = N_("Open")

    name = Text(N_("Its bill is for"), most=200, hint=N_("Empty: the guest."))


class ReverseForm(Form):
    """A check-in to be taken back."""

    title = N_("Take the check-in back")
    submit = N_("Take the check-in back")


class ReinstateForm(ApprovedForm):
    """A check-out to be taken back."""

    title = N_("Take the check-out back")
    submit = N_("Take the check-out back")
    approval = Approval("stay.reinstate")
