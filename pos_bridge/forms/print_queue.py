"""The forms of the print queue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from folios.errors import N_
from frontoffice.forms.base import Choice, Form, Text
from pos_bridge.models.printing import Printer


class PrinterChoiceForm(Form):
    """A form that asks for a printer."""

    PLACES: ClassVar = {"printer.switched_off": "printer"}

    printer = Choice(N_("Printer"), needed=True)

    def offer(self, printers: Iterable[Printer]) -> None:
        """Sets what can be chosen: what is switched on."""
        self.printer.offer([(each.id, each.name) for each in printers if each.active])


class MoveForm(PrinterChoiceForm):
    """Another printer for a slip."""

    submit = N_("Move the slip")


class CopyForm(PrinterChoiceForm):
    """A copy of a slip that was printed."""

    submit = N_("Print a copy")


class RetryForm(Form):
    """A slip to be tried again now."""

    submit = N_("Try again")


class CancelForm(Form):
    """Why a slip is not printed."""

    PLACES: ClassVar = {"print.reason_missing": "reason"}
    submit = N_("Cancel the slip")

    reason = Text(N_("Reason"), needed=True, most=200)
