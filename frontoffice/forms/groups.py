"""The forms of groups: entered, amended, booked, and what all or the ticked ones of its stays do together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar

from folios.errors import N_, HouseLimitExceeded, Refusal
from frontoffice.forms.accounts import LIMIT
from frontoffice.forms.base import (
    Amount,
    Approval,
    ApprovedForm,
    Choice,
    EditForm,
    Form,
    Paragraph,
    Text,
    Ticked,
    Whole,
    Yes,
    ticked_ids,
)
from frontoffice.forms.reservations import GUARANTEED, NOBODY, NearDay, ReservationForm
from frontoffice.groups import MOST_CODE, MOST_NAME, MOST_REMARK
from frontoffice.nights import MOST_NIGHTS
from frontoffice.reservations import StayTooLong

MOST_ROOMS = 200
GUARANTEED_ALL_HINT = N_("The rooms are kept all night; each whose guest does not come may be charged.")


class RoomsInvalid(Refusal):
    code = "rooms.invalid"
    message = N_("Book from 1 to {most} rooms at once, and no more names than rooms.")


class StayNumberInvalid(Refusal):
    code = "stay.number_invalid"
    message = N_("{typed} is not the number of a stay.")


def read_numbers(texts: Sequence[str]) -> list[int]:
    """The stays that are named, by id. Refuses (`StayNumberInvalid`) what can be none."""
    return ticked_ids(texts, lambda typed: StayNumberInvalid(typed=typed))


class GroupForm(ApprovedForm, EditForm):
    """A group: its code and name, whose it is. A limit of its master needs somebody who may set limits."""

    title = N_("Group")
    PLACES: ClassVar = {"group.code_taken": "code", "house_limit.negative": "house_limit"}

    code = Text(N_("Code"), needed=True, most=MOST_CODE)
    name = Text(N_("Name"), needed=True, most=MOST_NAME)
    company = Text(N_("Company"), most=32, hint=N_("Its code."))
    house_limit = Amount(N_("Limit of the master folio"), hint=N_("Empty: none."))
    remark = Paragraph(N_("Remark"), most=MOST_REMARK)

    @property
    def approval(self) -> Approval | None:  # type: ignore[override] # other forms always ask, or never
        """Who may set limits, when the master is to have one."""
        return LIMIT if "house_limit" in self and self["house_limit"].data is not None else None


class GroupBookingForm(Form):
    """Several rooms at once; a line of names for each room that has one already."""

    title = N_("Book rooms for the group")
    submit = N_("Book")
    PLACES: ClassVar = {**ReservationForm.PLACES, "stay.too_long": "nights", "rooms.invalid": "rooms"}

    arrival = NearDay(N_("Arrival"), needed=True)
    nights = Whole(N_("Nights"), needed=True)
    room_type_id = Choice(N_("Room type"), needed=True)
    rooms = Whole(N_("Rooms"), needed=True)
    rate_code = Choice(N_("Rate"), needed=True)
    adults = Whole(N_("Adults in each"), needed=True)
    payment_method = Choice(N_("Pays by"), none=NOBODY)
    guaranteed = Yes(GUARANTEED, GUARANTEED_ALL_HINT)
    deposit_asked_minor = Amount(N_("Deposit asked for, each room"))
    deposit_due = NearDay(N_("Deposit due on"))
    names = Paragraph(
        N_("Names"), most=20_000, hint=N_("One guest per line: surname, first names. Rooms without go by the group's.")
    )

    def leaves_on(self) -> date:
        """The departure. Refuses (`StayTooLong`) what no stay can have."""
        arrival, nights = self["arrival"].data, self["nights"].data
        if not 0 <= nights <= MOST_NIGHTS:
            raise StayTooLong(most=MOST_NIGHTS, nights=nights)
        found: date = arrival + timedelta(days=nights)
        return found

    def guests(self, group: str) -> list[dict[str, str | None]]:
        """The guest of each room. Refuses (`RoomsInvalid`) too many rooms, and more names than rooms."""
        lines = [line.strip() for line in (self.names.data or "").split("\n") if line.strip()]
        rooms = self["rooms"].data
        if not 1 <= rooms <= MOST_ROOMS or len(lines) > rooms:
            raise RoomsInvalid(most=MOST_ROOMS)
        found = []
        for line in lines + [group] * (rooms - len(lines)):
            surname, _comma, first_names = line.partition(",")
            found.append({"surname": surname.strip(), "first_names": first_names.strip() or None})
        return found


class MembersForm(Form):
    """Stays that are to belong to the group."""

    title = N_("Add stays to the group")
    submit = N_("Add")
    PLACES: ClassVar = {
        "stay.unknown": "numbers",
        "stay.number_invalid": "numbers",
        "group.member_over": "numbers",
        "group.member_elsewhere": "numbers",
    }

    numbers = Text(N_("Numbers of the stays"), needed=True, most=2000, hint=N_("Several with spaces or commas."))

    def stay_ids(self) -> list[int]:
        """The stays that were named."""
        return read_numbers(str(self.numbers.data or "").replace(",", " ").split())


class _ChosenForm(Form):
    """A deed with the ticked stays of a group, or all of them."""

    stay = Ticked(read_numbers)  # nothing ticked means all of the group

    def chosen(self) -> list[int] | None:
        """The ticked stays; None for all."""
        return list(self.stay.data) or None


class GroupRemoveForm(_ChosenForm):
    """Stays that are to leave the group, not the house."""

    title = N_("Take out of the group")
    submit = N_("Take out")


class GroupAssignForm(_ChosenForm):
    """Who has no room yet is given one of the type that was booked."""

    title = N_("Give rooms to those without")
    submit = N_("Give rooms")


class GroupCheckInForm(_ChosenForm):
    """Who is ready comes in."""

    title = N_("Check in the ready ones")
    submit = N_("Check in the ready ones")


class GroupSettleForm(_ChosenForm, ApprovedForm):
    """What is moved to the master."""

    title = N_("Move to the master")
    submit = N_("Move to the master")
    approval = Approval("folio.over_limit", (HouseLimitExceeded,))
    PLACES: ClassVar = {"code.unknown": "codes"}

    codes = Text(N_("Only these codes"), most=500, hint=N_("Several with spaces or commas; empty: everything."))
    reason = Text(N_("Reason"), most=200)

    def wanted_codes(self) -> list[str] | None:
        """The codes that were named; None for all."""
        return str(self.codes.data or "").replace(",", " ").split() or None


class GroupLeaveForm(_ChosenForm):
    """Everybody checks out, all or none."""

    title = N_("Check out together")
    submit = N_("Check out together")
