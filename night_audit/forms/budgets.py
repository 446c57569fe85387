"""The forms of what is expected of a month, and of how figures are worked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from folios.errors import N_
from frontoffice.forms.base import Amount, Choice, EditForm, Form, Text, Whole, Yes
from frontoffice.forms.stationery import FileField
from frontoffice.language import gettext as _
from night_audit.reports.budgets import GUESTS, REVENUE, SOLD

FIGURE_NAMES = {SOLD: N_("Rooms sold"), GUESTS: N_("Guests")}


def figure_name(figure: str) -> str:
    """A figure of a budget in words."""
    return _(FIGURE_NAMES.get(figure, figure.removeprefix(REVENUE)))


class BudgetForm(Form):
    """A month's budget, a field for each figure; made for the hotel's departments by `budget_form`."""

    title = N_("Budget")
    figures: ClassVar[Sequence[str]] = ()

    def amounts(self) -> dict[str, int | None]:
        """What was typed, by figure: rooms and guests as they are, revenue in minor units."""
        return {
            figure: self[_field(number)].minor if figure.startswith(REVENUE) else self[_field(number)].data
            for number, figure in enumerate(self.figures)
        }


def budget_form(figures: Sequence[str], standing: dict[str, int], **more: Any) -> BudgetForm:
    """The form for a month, with what is expected so far."""
    fields: dict[str, Any] = {"figures": tuple(figures)}
    for number, figure in enumerate(figures):
        fields[_field(number)] = (Amount if figure.startswith(REVENUE) else Whole)(figure_name(figure))
    values = {_field(number): standing.get(figure) for number, figure in enumerate(figures)}
    made: BudgetForm = type("MonthBudgetForm", (BudgetForm,), fields)(**more, **values)
    return made


def _field(number: int) -> str:
    return f"figure_{number}"


class BudgetUploadForm(Form):
    """A file with the budgets of months."""

    title = N_("Budgets from a file")
    submit = N_("Read the file")
    PLACES: ClassVar = {"budget_file.invalid": "file", "budget.invalid": "file", "month.invalid": "file"}

    file = FileField(
        N_("File"), hint=N_("CSV or XLSX: the first line names month, rooms_sold, guests and departments.")
    )

    def content_of_file(self) -> bytes:
        """The bytes of the file; none when no file was chosen."""
        return self.file.data.read() if self.file.data else b""


class PolicyForm(EditForm):
    """How the hotel's figures are worked out."""

    title = N_("How figures are worked out")
    PLACES: ClassVar = {"report_percents.invalid": "aging_percents", "rate.unknown": "rack_rate"}

    deduct_out_of_order = Yes(
        N_("Deduct short-term out-of-order rooms from the rooms available"),
        hint=N_("USALI does not. The rule that was used stands under the figures."),
    )
    rack_rate = Choice(N_("Rack rate"), none=N_("none: no yield"), hint=N_("What yield is measured against."))
    aging_percents = Text(
        N_("Percentages of receivables that will probably not be paid"),
        most=40,
        hint=N_("For 0-30, 31-60, 61-90, 91-120 and more days, such as 2 4 10 20 40. Empty: no allowance is told."),
    )
