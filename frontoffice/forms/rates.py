"""The forms of rates and their prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from folios.errors import N_
from frontoffice.forms.base import Amount, Choice, Day, EditForm, Form, Text, Yes
from frontoffice.forms.codes import Percent
from frontoffice.language import gettext as _
from frontoffice.models.rooms import RoomType

MEAL_PLAN_WORDS = {
    "room_only": N_("room only"),
    "breakfast": N_("breakfast"),
    "half_board": N_("half board"),
    "full_board": N_("full board"),
    "all_inclusive": N_("all inclusive"),
}


class RateForm(Form):
    """A new rate."""

    title = N_("New rate")
    PLACES: ClassVar = {"rate.code_taken": "code", "code.text_invalid": "code"}

    code = Text(N_("Code"), needed=True, most=16, hint=N_("Short, such as BAR. It stays as it is."))
    name = Text(N_("Name"), needed=True, most=100, hint=N_("As a guest is told it."))
    transaction_code = Choice(N_("Charged as"), needed=True, hint=N_("What the night audit posts for a night."))
    meal_plan = Choice(N_("Meal plan"), needed=True)

    def offer(self, charges: Sequence[tuple[str, str]]) -> None:
        """Sets what can be chosen."""
        self.transaction_code.offer(charges)
        self.meal_plan.offer([(value, _(text)) for value, text in MEAL_PLAN_WORDS.items()])


class RateEditForm(EditForm):
    """What can be changed of a rate; its code stays."""

    title = N_("Rate")

    name = Text(N_("Name"), needed=True, most=100)
    transaction_code = Choice(N_("Charged as"), needed=True, hint=N_("Counts for every night posted from now on."))
    meal_plan = Choice(N_("Meal plan"), needed=True)
    active = Yes(N_("Sold"), hint=N_("Stays that are booked keep their prices in any case."))

    offer = RateForm.offer


class PricesForm(Form):
    """What a night costs in one period, by room type; empty: as it is."""

    title = N_("Prices")
    PLACES: ClassVar = {"period.invalid": "to_date"}

    from_date = Day(N_("First night"), needed=True)
    to_date = Day(N_("Until, the day after the last night"), needed=True)

    def prices(self) -> dict[int, int]:
        """The prices in minor units, by the id of the room type."""
        amounts = [(field.name.removeprefix("price_"), field) for field in self if field.name.startswith("price_")]
        return {int(room_type_id): field.minor for room_type_id, field in amounts if field.minor is not None}


def prices_form(room_types: Sequence[RoomType], **more: Any) -> PricesForm:
    """The form with an amount for each room type."""
    fields = {f"price_{each.id}": Amount(f"{each.code} · {each.name}") for each in room_types}
    form: PricesForm = type("PricesForm", (PricesForm,), fields)(**more)
    return form


class CopyForm(Form):
    """A rate made from another, some percent dearer or cheaper."""

    title = N_("Copy a rate")
    submit = N_("Copy")
    PLACES: ClassVar = {"rate.code_taken": "code", "code.text_invalid": "code", "rate.change_invalid": "change"}

    code = Text(N_("Code of the new rate"), needed=True, most=16)
    name = Text(N_("Name"), needed=True, most=100)
    change = Percent(N_("Prices changed by, in percent"), hint=N_("-10 makes them a tenth cheaper. Empty: the same."))
