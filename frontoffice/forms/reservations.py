"""The forms of stays that have not begun: book, change, assign a room, cancel, agree on a price, deposits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from folios.errors import N_, Refusal
from frontoffice.companies import CreditLimitExceeded
from frontoffice.fields import ADDRESS_FIELDS
from frontoffice.forms.base import (
    NEEDED,
    Amount,
    Approval,
    ApprovedForm,
    Choice,
    Day,
    EditForm,
    Form,
    Paragraph,
    Text,
    Whole,
    Yes,
)
from frontoffice.guests import FIELDS
from frontoffice.language import gettext as _
from frontoffice.models.stays import NATURES
from frontoffice.nights import MOST_NIGHTS
from frontoffice.offers import RoomOffer
from frontoffice.reservations import REMARK_LENGTH, StayTooLong

METHOD_WORDS = {"cash": N_("cash"), "card": N_("card"), "direct_bill": N_("direct bill")}
NATURE_WORDS = {"paying": N_("paying"), "complimentary": N_("complimentary"), "house_use": N_("house use")}
CONDITION_WORDS = {"clean": N_("clean"), "dirty": N_("dirty"), "inspected": N_("inspected")}
NOBODY = N_("–")
GUARANTEED = N_("Guaranteed")
GUARANTEED_HINT = N_("The room is kept all night; who does not come may be charged.")
FIRST_YEAR, LAST_YEAR = 1900, 2199


class NightsDisagree(Refusal):
    code = "nights.mismatch"
    message = N_("From {arrival} to {departure} are {found} nights, not {nights}. Clear one of the two.")


class RateOverrideUnapproved(Refusal):
    code = "rate.unapproved"
    message = N_("Another price than the rate's, complimentary and house use need an approval.")


class DepartureMissing(Refusal):
    code = "departure.missing"
    message = N_("Say how many nights, or the departure.")


class NightChosenInvalid(Refusal):
    code = "nights.invalid"
    message = N_("Choose at least one night of this stay.")


class NearDay(Day):
    """A day that a stay can begin or end on: from it one can count on and back as far as a stay lasts."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and not is_near(self.data):
            self.data = None
            raise ValueError(_("This day is too far away."))


def is_near(day: date) -> bool:
    """Whether a stay could be booked for a day, by the calendar alone."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def methods() -> list[tuple[str, str]]:
    """The methods of payment, to be chosen from."""
    return [(method, _(word)) for method, word in METHOD_WORDS.items()]


def natures() -> list[tuple[str, str]]:
    """The kinds of stay, to be chosen from."""
    return [(nature, _(NATURE_WORDS[nature])) for nature in NATURES]


def room_choices(offers: Sequence[RoomOffer], room_type_id: int) -> list[tuple[int, str]]:
    """The rooms that can be given, as they stand in a list: number, type, condition. 0: no type was booked."""
    found = []
    for offer in offers:
        if offer.acceptable:
            words = [offer.room.number, offer.room_type.code, _(CONDITION_WORDS[offer.room.condition])]
            if room_type_id and offer.room.room_type_id != room_type_id:
                words.append(_("another type"))
            if offer.refusal is not None:
                words.append(_("out of service"))
            found.append((offer.room.id, " · ".join(words)))
    return found


class GuestPart(Form):
    """Who the guest is: chosen from the list under the name (`guest_id`), or entered new."""

    surname = Text(N_("Surname"), most=FIELDS["surname"])
    first_names = Text(N_("First names"), most=FIELDS["first_names"])
    email = Text(N_("E-mail"), most=ADDRESS_FIELDS["email"])
    phone = Text(N_("Telephone"), most=ADDRESS_FIELDS["phone"])
    guest_id = Text(N_("Guest"), most=20)

    NEW_GUEST: ClassVar[tuple[str, ...]] = ("surname", "first_names", "email", "phone")

    def validate(self, *args: Any, **more: Any) -> bool:
        """The same, and a name unless somebody was chosen."""
        fine = bool(super().validate(*args, **more))
        if not self.surname.data and (self.guest_id.data or "new") == "new":
            self.surname.errors = [*self.surname.errors, _(NEEDED)]
            return False
        return fine

    def new_guest(self) -> dict[str, str | None]:
        """What was typed about a guest who is new."""
        return {name: self[name].data for name in self.NEW_GUEST}


class ReservationForm(GuestPart, ApprovedForm):
    """A stay to be booked. The price of each night stands beside it before it is saved."""

    title = N_("New reservation")
    submit = N_("Book")
    approval = Approval("rate.override", (RateOverrideUnapproved,))
    PLACES: ClassVar[Mapping[str, str]] = {
        "stay.departure_before_arrival": "departure",
        "stay.arrival_in_past": "arrival",
        "stay.too_long": "nights",
        "stay.party_invalid": "adults",
        "stay.nature_unknown": "nature",
        "room_type.sold_out": "room_type_id",
        "room_type.unknown": "room_type_id",
        "rate.no_price": "rate_code",
        "rate.unknown": "rate_code",
        "rate.inactive": "rate_code",
        "guest.unknown": "surname",
        "guest.same_name": "surname",
        "note.due_in_past": "deposit_due",
        "deposit_asked.incomplete": "deposit_due",
        "deposit_asked.invalid": "deposit_asked_minor",
    }

    arrival = NearDay(N_("Arrival"), needed=True)
    nights = Whole(N_("Nights"))
    departure = NearDay(N_("or departure"))
    room_type_id = Choice(N_("Room type"), needed=True)
    rate_code = Choice(N_("Rate"), needed=True)
    adults = Whole(N_("Adults"), needed=True)
    children = Whole(N_("Children"))
    room = Text(N_("Room"), most=8, hint=N_("Optional. Free rooms stand beside."))
    company = Text(N_("Company"), most=32, hint=N_("Its code."))
    agent = Text(N_("Agent"), most=100)
    payment_method = Choice(N_("Pays by"), none=NOBODY)
    nature = Choice(N_("Kind of stay"), needed=True)
    price = Amount(N_("Agreed price per night"), hint=N_("Only when it is not the rate's."))
    reason = Text(N_("Reason for the price"), most=200)
    remark = Paragraph(N_("Remark"), most=REMARK_LENGTH)
    guaranteed = Yes(GUARANTEED, GUARANTEED_HINT)
    deposit_asked_minor = Amount(N_("Deposit asked for"))
    deposit_due = NearDay(N_("Deposit due on"))
    deposit_note = Text(N_("Note on the deposit"), most=300, hint=N_("Becomes a trace for the desk."))

    def leaves_on(self) -> date:
        """The departure. Refuses when nights and departure disagree, and when neither is given."""
        arrival, nights, departure = self.arrival.data, self.nights.data, self.departure.data
        if arrival is None or (nights is None and departure is None):
            raise DepartureMissing
        if nights is None:
            return _day(departure)
        if nights < 0 or nights > MOST_NIGHTS:
            raise StayTooLong(most=MOST_NIGHTS, nights=nights)
        wanted = _day(arrival) + timedelta(days=nights)
        if departure is not None and departure != wanted:
            raise NightsDisagree(arrival=arrival, departure=departure, found=(departure - arrival).days, nights=nights)
        return wanted


def _day(value: Any) -> date:
    found: date = value
    return found


class AmendForm(EditForm, ApprovedForm):
    """The fields of a stay: its plan before it begins, its details at any time."""

    title = N_("Change reservation")
    approval = Approval("rate.override", (RateOverrideUnapproved,))
    PLACES: ClassVar[Mapping[str, str]] = {
        name: place for name, place in ReservationForm.PLACES.items() if place not in ("nights", "surname")
    } | {"stay.too_long": "departure", "deposit_asked.incomplete": "deposit_due_on"}

    arrival = NearDay(N_("Arrival"), needed=True)
    departure = NearDay(N_("Departure"), needed=True)
    room_type_id = Choice(N_("Room type"), needed=True)
    rate_code = Choice(N_("Rate"), needed=True)
    nature = Choice(N_("Kind of stay"), needed=True)
    adults = Whole(N_("Adults"), needed=True)
    children = Whole(N_("Children"))
    company = Text(N_("Company"), most=32, hint=N_("Its code."))
    agent = Text(N_("Agent"), most=100)
    payment_method = Choice(N_("Pays by"), none=NOBODY)
    guaranteed = Yes(GUARANTEED, GUARANTEED_HINT)
    deposit_asked_minor = Amount(N_("Deposit asked for"))
    deposit_due_on = NearDay(N_("Deposit due on"))
    remark = Paragraph(N_("Remark"), most=REMARK_LENGTH)

    PLAN: ClassVar = ("arrival", "departure", "room_type_id", "rate_code", "nature")

    def without_plan(self) -> None:
        """Takes away what cannot be changed any more, once a stay has begun."""
        for name in self.PLAN:
            del self[name]


class RoomForm(Form):
    """The room of a stay that has not begun."""

    title = N_("Assign a room")
    submit = N_("Assign")
    PLACES: ClassVar = {"room_type.sold_out": "room_id"}

    room_id = Choice(N_("Room"), none=N_("no room"))
    accept_out_of_service = Yes(N_("Out of service is accepted"))

    def _place(self, refusal: Refusal) -> str | None:
        return "room_id" if refusal.code.startswith("room.") else super()._place(refusal)


class CancelForm(Form):
    """Why a stay will not come."""

    title = N_("Cancel the reservation")
    submit = N_("Cancel the reservation")
    PLACES: ClassVar = {"reason.missing": "reason", "stay.day_not_possible": "on"}

    reason = Text(N_("Reason"), needed=True, most=200)
    on = NearDay(N_("Told us on"), hint=N_("Empty: today."))
    fee = Amount(N_("Fee to charge"), hint=N_("Charged to a window of its own; the deposit is used for it."))
    fee_code = Choice(N_("Charged as"), none=NOBODY)


class NoShowForm(Form):
    """Somebody has not come."""

    title = N_("Mark as a no-show")
    submit = N_("Mark as a no-show")

    fee = Amount(N_("Fee to charge"), hint=N_("Charged to a window of its own; the deposit is used for it."))
    fee_code = Choice(N_("Charged as"), none=NOBODY)


class ExpectAgainForm(Form):
    """A no-show to be taken back."""

    title = N_("Expect the guest again")
    submit = N_("Expect the guest again")


class PriceForm(ApprovedForm):
    """A price agreed for some nights."""

    title = N_("Agree on a price")
    approval = Approval("rate.override")
    PLACES: ClassVar = {"reason.missing": "reason", "amount.too_large": "price", "nights.invalid": "first"}

    first = NearDay(N_("From the night of"), needed=True)
    last = NearDay(N_("to the night of"), needed=True)
    price = Amount(N_("Price per night"), needed=True)
    reason = Text(N_("Reason"), needed=True, most=200)

    def days(self, nights: Sequence[date]) -> list[date]:
        """The nights of the stay that were chosen. Refuses (`NightChosenInvalid`) when it has none of them."""
        first, last = _day(self.first.data), _day(self.last.data)
        found = [day for day in nights if first <= day <= last]
        if not found:
            raise NightChosenInvalid
        return found


class DepositForm(ApprovedForm):
    """A deposit to be taken."""

    title = N_("Take a deposit")
    submit = N_("Take")
    approval = Approval("folio.over_limit", (CreditLimitExceeded,))
    PLACES: ClassVar = {
        "payment.tender_missing": "code",
        "code.unknown": "code",
        "folio.unknown": "code",
        "company.credit_limit": "amount",
    }

    amount = Amount(N_("Amount"), needed=True)
    code = Choice(N_("Paid with"), needed=True)
    reference = Text(N_("Reference"), most=100)
    remark = Text(N_("Remark"), most=200)


class DepositRefundForm(ApprovedForm):
    """A deposit to be given back, the way it came."""

    title = N_("Give the deposit back")
    submit = N_("Give back")
    approval = Approval("folio.refund")
    PLACES: ClassVar = {"refund.too_high": "amount", "refund.elsewhere": "code", "payment.tender_missing": "code"}

    amount = Amount(N_("Amount"), needed=True)
    code = Choice(N_("Given back with"), needed=True)
    reason = Text(N_("Reason"), needed=True, most=200)
    reference = Text(N_("Reference"), most=100)


class DepositMoveForm(Form):
    """A deposit to be moved to another stay."""

    title = N_("Move the deposit")
    submit = N_("Transfer")
    PLACES: ClassVar = {"stay.unknown": "to", "stay.state": "to", "transfer.same_folio": "to"}

    to = Text(N_("To the stay with the number"), needed=True, most=20)
    reason = Text(N_("Reason"), most=200)


class DepositUseForm(Form):
    """A deposit to be used for the fee of who does not come."""

    title = N_("Use the deposit for a fee")
    submit = N_("Move it to the window")
