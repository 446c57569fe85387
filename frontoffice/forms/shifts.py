"""The forms of a shift: its opening, the blind count that closes it, and cash paid out for the house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from wtforms import Field

from folios.errors import N_, Refusal
from folios.money import Money, format_amount, minor_digits
from frontoffice import language
from frontoffice.cashiering import Drawer
from frontoffice.forms.base import Amount, Approval, ApprovedForm, Choice, EditForm, Form, Paragraph, Text, Whole
from frontoffice.language import gettext as _
from frontoffice.shifts import MOST_BAG, MOST_PIECES, MOST_REMARK, PiecesInvalid

PIECES = "pieces_"


class OpenForm(Form):
    """A shift begins: at which drawer, with which float."""

    title = N_("Open a shift")
    submit = N_("Open the shift")
    PLACES: ClassVar = {"shift.float_invalid": "float_amount", "amount.too_large": "float_amount"}

    drawer = Choice(N_("Drawer"), needed=True)
    float_amount = Amount(N_("Float"), needed=True, hint=N_("The cash you begin with, as you have counted it."))

    def offer(self, drawers: Sequence[Drawer], left: dict[int, int], currency: str) -> None:
        """Offers the drawers, free ones first, each with what the last count left in it."""
        self.drawer.offer(
            [
                (each.folio_id, _drawer(each, left, currency))
                for each in sorted(drawers, key=lambda each: each.cashier is not None)
            ]
        )


def _drawer(drawer: Drawer, left: dict[int, int], currency: str) -> str:
    name = f"{drawer.name} ({drawer.number})"
    if drawer.cashier is not None:
        return _("{drawer}, in the hands of {cashier}", drawer=name, cashier=drawer.cashier)
    if drawer.folio_id in left:
        amount = _money(left[drawer.folio_id], currency)
        return _("{drawer}, the last count left {amount}", drawer=name, amount=amount)
    return name


class CountForm(EditForm):
    """The count of a drawer; what it should hold is told by nothing here. Made by `count_form`."""

    title = N_("Count and close")
    submit = N_("Close the shift")
    PLACES: ClassVar = {
        "shift.drop_invalid": "dropped",
        "shift.drop_too_high": "dropped",
        "shift.witness_invalid": "witness",
    }

    dropped = Amount(N_("Into the safe"), hint=N_("Empty: everything above the float."))
    bag = Text(N_("Number of the bag"), most=MOST_BAG)
    witness = Choice(N_("Witness"), none="–")
    remark = Paragraph(N_("Remark"), most=MOST_REMARK)

    def rows(self) -> list[tuple[int, Field]]:
        """The coins and notes by value in minor units, the largest first, with the field for their pieces."""
        return [(int(each.name.removeprefix(PIECES)), each) for each in self if each.name.startswith(PIECES)]

    def beside(self) -> list[Field]:
        """What is asked beside the count."""
        return [each for each in self.shown() if not each.name.startswith(PIECES)]

    def pieces(self) -> dict[int, int]:
        """How many of each value were counted."""
        return {value: field.data for value, field in self.rows() if field.data is not None}

    def refuse(self, refusal: Refusal) -> None:
        """Impossible pieces are marked where they stand."""
        if not isinstance(refusal, PiecesInvalid):
            super().refuse(refusal)
            return
        self.refused = True
        for _value, field in self.rows():
            if field.data is not None and not 0 <= field.data <= MOST_PIECES:
                field.errors = [*field.errors, language.show(refusal)]


def count_form(values: Sequence[int], currency: str, **more: Any) -> CountForm:
    """The form with a field for the pieces of each coin and note, by value in minor units."""
    fields = {f"{PIECES}{value}": Whole(_money(value, currency)) for value in values}
    form: CountForm = type("CountForm", (CountForm,), fields)(**more)
    return form


def digits_of(currency: str) -> int:
    """How many decimals the page that adds up needs."""
    return minor_digits(currency)


def _money(minor: int, currency: str) -> str:
    return format_amount(Money(minor, currency), str(language.locale()))


class HousePayOutForm(ApprovedForm):
    """Cash handed out of the drawer for the house."""

    title = N_("Pay out for the house")
    submit = N_("Pay out")
    approval = Approval("folio.pay_out")

    code = Choice(N_("Code"), needed=True)
    amount = Amount(N_("Amount"), needed=True)
    text = Text(N_("What for"), needed=True)
    reference = Text(N_("Reference"), most=100, hint=N_("The number of the receipt."))
