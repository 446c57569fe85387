"""The forms of transaction codes and taxes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from wtforms import HiddenField, StringField

from folios.errors import N_, Refusal
from frontoffice import language
from frontoffice.forms.base import Amount, Choice, Day, EditForm, Form, Text, Yes
from frontoffice.language import gettext as _

PPM_IN_PERCENT = 10_000
MOST_TAXES = 5
_CODE = re.compile(r"[\w.+-]{1,16}")


class CodeUnspeakable(Refusal):
    code = "code.text_invalid"
    message = N_("A code has letters, digits, dots, hyphens, plus and underscores, at most 16 of them.")


class Percent(StringField):  # type: ignore[misc]
    """A percentage as people type it, `7,5` or `7.5`. `data` is in parts per million, or None."""

    def __init__(self, label: str, *, hint: str = "", **more: Any) -> None:
        super().__init__(label, **more)
        self.hint = hint
        self.render_kw = {"inputmode": "decimal", "autocomplete": "off", "maxlength": 12, "class": "amount"}

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else percent(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip().removesuffix("%").strip() if valuelist else ""
        if not text:
            return
        try:
            value = parse_decimal(text, locale=language.locale(), strict=True) * PPM_IN_PERCENT
        except NumberFormatError:
            value = Decimal("NaN")
        if not value.is_finite() or value != int(value) or abs(value) > 10**9:
            raise ValueError(_("{typed} is not a percentage with at most four decimals.", typed=text[:30]))
        self.data = int(value)


def percent(ppm: int) -> str:
    """Parts per million as a percentage in the reader's language, without its sign."""
    return str(format_decimal(Decimal(ppm) / PPM_IN_PERCENT, format="#,##0.####", locale=language.locale()))


class CodeForm(Form):
    """A new transaction code; the folio on its other side is opened with it."""

    title = N_("New transaction code")
    PLACES: ClassVar = {"code.taken": "code", "code.text_invalid": "code", "amount.not_positive": "price"}
    PLACES |= {"folio.not_revenue": "folio", "code.folio_not_shared": "folio"}

    sort = Choice(N_("What it is"), needed=True)
    code = Text(N_("Code"), needed=True, most=16, hint=N_("Short, such as SAUNA. It stays as it is."))
    name = Text(N_("Name"), needed=True, most=100, hint=N_("As it stands on a bill."))
    department = Choice(N_("Department"), none="–", hint=N_("Payments have their own."))
    new_department = Text(N_("Or a new department"), most=40)
    price = Amount(N_("Price"), hint=N_("Where there is a usual one."))
    folio = Choice(N_("Control folio"), none=N_("its own"), hint=N_("A charge can share that of its outlet."))

    def offer(self, departments: list[str], folios: list[tuple[int, str, str]]) -> None:
        """Sets what can be chosen; of a folio (id, number, name)."""
        self.folio.offer([(str(folio_id), f"{number} · {name}") for folio_id, number, name in folios])
        self.sort.offer([(value, _(text)) for value, text in SORT_WORDS.items()])
        self.department.offer([(each, _(each)) for each in departments])


class CodeNameForm(EditForm):
    """What can be changed of a code; what was posted with it stays as it was."""

    title = N_("Transaction code")
    PLACES: ClassVar = {"amount.not_positive": "price_minor"}

    name = Text(N_("Name"), needed=True, most=100)
    department = Text(N_("Department"), needed=True, most=40)
    price_minor = Amount(N_("Price"), hint=N_("Where there is a usual one."))


class SwitchForm(Form):
    """Switches something on or off."""


class TaxForm(Form):
    """A new tax or service charge with the rate it begins with."""

    title = N_("New tax or service charge")
    PLACES: ClassVar = {"code.taken": "code", "code.text_invalid": "code", "tax.impossible": "rate"}

    code = Text(N_("Code"), needed=True, most=16, hint=N_("Short, such as VAT. It stays as it is."))
    name = Text(N_("Name"), needed=True, most=100, hint=N_("As it stands on a bill."))
    way = Choice(N_("How it is levied"), needed=True)
    rate = Percent(N_("Rate in percent"))
    amount = Amount(N_("Amount per person and night"), hint=N_("Instead of a rate, for a tax of that kind."))
    valid_from = Day(N_("From"), needed=True)
    stacked = Yes(N_("Also levied on what stands before it"), hint=N_("A tax on the service charge, for example."))
    service = Yes(N_("Service charge"), hint=N_("Income of the house, not of the state."))

    def offer(self) -> None:
        """Sets what can be chosen."""
        self.way.offer([(value, _(text)) for value, text in WAY_WORDS.items()])


class RateForm(Form):
    """A tax's rate from a day on."""

    title = N_("New rate")
    PLACES: ClassVar = {"tax.impossible": "valid_from"}

    valid_from = Day(N_("From"), needed=True, hint=N_("What was posted before stays as it was."))
    rate = Percent(N_("Rate in percent"))
    amount = Amount(N_("Amount per person and night"))

    def keep_only(self, basis: str) -> None:
        """Asks for the figure that a tax of this basis has."""
        del self["amount" if basis == "percent" else "rate"]

    def figures(self) -> dict[str, int]:
        """The rate in parts per million, or the amount in minor units."""
        return {"rate_ppm": self.rate.data or 0} if "rate" in self else {"amount_minor": self.amount.minor or 0}


class GeneratesForm(Form):
    """Which taxes a code generates, in the order they are worked out; `seen` are those that stood there."""

    title = N_("Taxes")
    seen = HiddenField()

    def chosen(self) -> list[str]:
        """The codes of the taxes, in order, each once."""
        return list(dict.fromkeys(field.data for field in self.shown() if field.data))

    def seen_taxes(self) -> list[str]:
        """The taxes that were on the screen."""
        return str(self.seen.data or "").split()


def generates_form(taxes: list[tuple[str, str]], standing: list[str], **more: Any) -> GeneratesForm:
    """The form with as many places as there are taxes, beginning with those that stand."""
    places = min(MOST_TAXES, max(len(taxes), len(standing)))
    labels = (N_("First"), N_("Second"), N_("Third"), N_("Fourth"), N_("Fifth"))
    fields = {f"tax_{place}": Choice(labels[place], none="–") for place in range(places)}
    begin = {f"tax_{place}": tax for place, tax in enumerate(standing[:places])} | {"seen": " ".join(standing)}
    form: GeneratesForm = type("GeneratesForm", (GeneratesForm,), fields)(**begin, **more)
    for name in fields:
        form[name].offer(taxes)
    return form


def spoken_code(text: str) -> str:
    """A new code as it can stand in an address and be said at a desk, in capitals. Refuses `CodeUnspeakable`."""
    code = text.strip().upper()
    if not _CODE.fullmatch(code) or not code[0].isalnum():
        raise CodeUnspeakable
    return code


SORT_WORDS = {
    "charge": N_("Charge"),
    "paid_out": N_("Paid-out"),
    "cash": N_("Payment in cash"),
    "card": N_("Payment by card"),
    "direct_bill": N_("Direct bill to a company"),
}
WAY_WORDS = {
    "contained": N_("contained in the price"),
    "added": N_("added to the price"),
    "person_night": N_("an amount for each person and night"),
}
