"""The forms of fixed charges of a stay."""

from __future__ import annotations

from typing import ClassVar

from folios.errors import N_
from frontoffice.forms.base import Amount, Choice, Day, EditForm, Form, Text, Whole
from frontoffice.models.fixed_charges import MOST_TEXT

FREQUENCY_WORDS = (
    ("daily", N_("every night")),
    ("once", N_("once")),
    ("weekly", N_("every week")),
    ("monthly", N_("every month")),
    ("quarterly", N_("every three months")),
    ("yearly", N_("every year")),
)


class FixedChargeForm(EditForm):
    """What the night audit posts to a stay by itself."""

    title = N_("Fixed charge")
    submit = N_("Save")
    PLACES: ClassVar = {
        "amount.not_positive": "price",
        "amount.too_large": "price",
        "quantity.invalid": "quantity",
        "frequency.unknown": "frequency",
        "fixed_charge.dates_invalid": "from_date",
        "fixed_charge.window_invalid": "window",
    }

    code = Choice(N_("Code"), needed=True)
    price = Amount(N_("Price of one"), needed=True)
    quantity = Whole(N_("How many"), needed=True)
    frequency = Choice(N_("How often"), needed=True)
    from_date = Day(N_("First night"), needed=True, hint=N_("Weeks, months and years are counted from here."))
    to_date = Day(N_("Last night"), hint=N_("Empty: as long as the stay lasts."))
    window = Choice(N_("Window"), needed=True)
    text = Text(N_("Text on the bill"), most=MOST_TEXT)


class EndFixedChargeForm(Form):
    """A fixed charge that is to be posted no more."""

    title = N_("End the fixed charge")
    submit = N_("End it")
