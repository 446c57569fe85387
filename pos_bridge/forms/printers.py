"""The forms of printers and of the routes that lead to them."""

from __future__ import annotations

from typing import Any, ClassVar

from wtforms import StringField, ValidationError

from folios.errors import N_
from frontoffice.forms.base import Choice, EditForm, Form, Text, Whole, Yes
from frontoffice.language import gettext as _
from pos_bridge.models.printing import Printer
from pos_bridge.printers import BAUD_RATES, DOTS_BY_WIDTH, KIND_WORDS
from pos_bridge.receipts.library import profiles
from pos_bridge.slips import KIND_WORDS as SLIP_WORDS

HEX = 16
WIDTH_WORDS = {58: N_("58 mm"), 80: N_("80 mm")}


class Hexadecimal(StringField):  # type: ignore[misc]
    """A number as `lsusb` shows it, such as 04b8. `data` is the number, or None."""

    def __init__(self, label: str, *, hint: str = "", **more: Any) -> None:
        super().__init__(label, **more)
        self.hint = hint
        self.render_kw = {"maxlength": 6, "autocomplete": "off"}

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:04x}"

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        typed = valuelist[0].strip().lower().removeprefix("0x") if valuelist else ""
        if typed:
            if len(typed) > 4 or not all(each in "0123456789abcdef" for each in typed):
                raise ValueError(_("{typed} is no such number. It has four digits, 0-9 and a-f.", typed=typed[:20]))
            self.data = int(typed, HEX)


class PrinterForm(Form):
    """A printer: how it is reached, and what it can."""

    title = N_("New printer")
    PLACES: ClassVar = {"printer.name_taken": "name", "printer.used": "active"}

    name = Text(N_("Name"), needed=True, most=60, hint=N_("Such as Bar or Front desk."))
    kind = Choice(N_("Reached by"), needed=True)
    host = Text(N_("Network: name or address"), most=200, hint=N_("Such as 192.168.1.50."))
    port = Whole(N_("Network: port"), hint=N_("9100 when empty."))
    device = Text(
        N_("Serial line or device file"),
        most=200,
        hint=N_("/dev/ttyUSB0, socket://host:port or rfc2217://host:port; /dev/usb/lp0 for a device file."),
    )
    baud_rate = Choice(N_("Serial line: speed"))
    usb_vendor = Hexadecimal(N_("USB: vendor"), hint=N_("Such as 04b8."))
    usb_product = Hexadecimal(N_("USB: product"), hint=N_("Such as 0202."))
    profile = Choice(N_("Model"), needed=True)
    width_mm = Choice(N_("Width of the paper"), needed=True)
    dots = Whole(N_("Dots across"), hint=N_("384 on 58 mm and 576 on 80 mm when empty; some have 512."))
    code_pages = Text(
        N_("Code pages"),
        most=200,
        hint=N_("Such as CP437 CP858 CP866; those of the model when empty. What they lack is drawn."),
    )
    timeout_s = Whole(N_("Seconds it is waited for"), hint=N_("5 when empty, at most 30."))
    has_cutter = Yes(N_("It cuts the paper"))
    has_drawer = Yes(N_("A cash drawer hangs on it"))
    active = Yes(N_("Switched on"))

    def offer(self) -> None:
        """Sets what can be chosen."""
        self.kind.offer([(kind, _(words)) for kind, words in KIND_WORDS.items()])
        self.baud_rate.offer([(rate, str(rate)) for rate in BAUD_RATES])
        self.profile.offer(list(profiles().items()))
        self.width_mm.offer([(width, _(WIDTH_WORDS[width])) for width in DOTS_BY_WIDTH])

    def facts(self) -> dict[str, Any]:
        """What was entered, as the rule takes it."""
        fields = {field.name: field.data for field in self.shown()}
        for name in ("baud_rate", "width_mm"):
            fields[name] = int(fields[name]) if fields[name] else None
        return fields

    def validate_name(self, field: Text) -> None:
        """A name of spaces is none."""
        if field.data is None:
            raise ValidationError(_("Fill this in."))


class PrinterEditForm(PrinterForm, EditForm):
    """A printer that is there already."""

    title = N_("Printer")

    @classmethod
    def of(cls, printer: Printer, held: Any) -> PrinterEditForm:
        """The form filled in with what the printer is."""
        form = cls(held=held, obj=printer)
        form.offer()
        return form


class TestSlipForm(Form):
    """Has a test slip printed."""

    __test__: ClassVar[bool] = False

    submit = N_("Print a test slip")


class RouteForm(Form):
    """Which slips go to which printer. What is left open stands for any."""

    title = N_("New route")
    PLACES: ClassVar = {"route.taken": "printer"}

    kind = Choice(N_("Slips"), none=N_("of every kind"))
    outlet = Text(N_("Outlet"), most=16, hint=N_("Its code; any outlet, and the desk, when empty."))
    terminal = Text(N_("Terminal"), most=16, hint=N_("Its code; any terminal when empty."))
    printer = Choice(N_("Printer"), needed=True)

    def offer(self, printers: list[Printer]) -> None:
        """Sets what can be chosen."""
        self.kind.offer([(kind, _(words)) for kind, words in SLIP_WORDS.items() if kind != "test"])
        self.printer.offer([(each.id, each.name) for each in printers if each.active])


class RouteRemovalForm(Form):
    """Takes a route away."""

    submit = N_("Remove the route")
