"""The forms of the safe: cash brought into it, and taken from it to the bank."""

from __future__ import annotations

from typing import ClassVar

from folios.errors import N_
from frontoffice.forms.base import Amount, Form, Text


class BringInForm(Form):
    """The change fund, or more of it, from the bank."""

    title = N_("Bring cash into the safe")
    submit = N_("Bring it in")
    PLACES: ClassVar = {"amount.not_positive": "amount", "amount.too_large": "amount"}

    amount = Amount(N_("Amount"), needed=True, hint=N_("As counted into the safe."))
    reference = Text(N_("Reference"), most=100, hint=N_("The number of the bank's slip."))
    remark = Text(N_("Remark"), most=500)


class TakeToBankForm(Form):
    """The deposit: what leaves the safe for the bank."""

    title = N_("Take cash to the bank")
    submit = N_("Take it to the bank")
    PLACES: ClassVar = {"amount.not_positive": "amount", "amount.too_large": "amount", "safe.holds_less": "amount"}

    amount = Amount(N_("Amount"), needed=True, hint=N_("As counted out of the safe."))
    reference = Text(N_("Number of the bag"), most=100)
    remark = Text(N_("Remark"), most=500)
