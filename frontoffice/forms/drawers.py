"""The forms of cash drawers, and of the coins and notes they are counted by."""

from __future__ import annotations

import re
from typing import ClassVar

from wtforms import ValidationError

from folios.amounts import read_amount
from folios.errors import N_, Refusal
from folios.money import Money, format_amount
from frontoffice import language
from frontoffice.forms.base import Form, Paragraph, Text

_BETWEEN = re.compile(r"[\n;]+|\s{2,}")


class DrawerForm(Form):
    """A drawer to be added, with a folio of its own."""

    title = N_("New drawer")
    PLACES: ClassVar = {"folio.number_taken": "number"}

    name = Text(N_("Name"), needed=True, most=100, hint=N_("Such as Front desk 2."))
    number = Text(N_("Number of its folio"), needed=True, most=20, hint=N_("Short, such as DRAWER2."))


class DrawerSwitchForm(Form):
    """Switches a drawer on or off."""


class DenominationsForm(Form):
    """The coins and notes, one on each line."""

    title = N_("Coins and notes")
    PLACES: ClassVar = {"denominations.invalid": "values"}

    currency = ""

    values = Paragraph(
        N_("Values"), needed=True, hint=N_("One on each line. Drawers are counted by these from now on.")
    )

    def validate_values(self, field: Paragraph) -> None:
        """Says which of them is no amount."""
        for text in _lines(field.data):
            try:
                read_amount(text, self.currency, str(language.locale()))
            except Refusal as refusal:
                raise ValidationError(language.show(refusal)) from None

    def values_minor(self) -> list[int]:
        """The values in minor units."""
        return [read_amount(text, self.currency, str(language.locale())).minor for text in _lines(self.values.data)]


def written(values_minor: list[int], currency: str) -> str:
    """Values as the field shows them."""
    return "\n".join(format_amount(Money(value, currency), str(language.locale())) for value in values_minor)


def _lines(text: str | None) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text or "") if part.strip()]
