"""The forms of the hotel's paper: its texts, its logo, the series of invoices."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_wtf.file import FileField as UploadField

from folios.errors import N_
from frontoffice.forms.base import Choice, EditForm, Form, Paragraph, Text, Whole
from frontoffice.language import gettext as _
from frontoffice.stationery import FIELDS

KIND_WORDS = {"invoice": N_("Invoices"), "credit_note": N_("Credit notes")}


class FileField(UploadField):  # type: ignore[misc]
    """A file to be sent along; by its class name the page knows that it is one."""

    def __init__(self, label: str, *, hint: str = "", **more: Any) -> None:
        super().__init__(label, **more)
        self.hint = hint


class StationeryForm(EditForm):
    """What stands on the paper beside the hotel's name; each field is named like its column."""

    title = N_("Letterhead")

    company_name = Text(N_("Company"), most=FIELDS["company_name"], hint=N_("Where it differs from the hotel's name."))
    address = Text(N_("Street"), most=FIELDS["address"])
    postal_code = Text(N_("Postal code"), most=FIELDS["postal_code"])
    city = Text(N_("City"), most=FIELDS["city"])
    phone = Text(N_("Telephone"), most=FIELDS["phone"])
    email = Text(N_("E-mail"), most=FIELDS["email"])
    website = Text(N_("Website"), most=FIELDS["website"])
    vat_number = Text(N_("VAT number"), most=FIELDS["vat_number"])
    registration = Text(N_("Registration"), most=FIELDS["registration"], hint=N_("Such as court and number."))
    bank = Text(N_("Bank"), most=FIELDS["bank"])
    footer = Paragraph(N_("Foot of the page"), most=FIELDS["footer"])

    def fields(self) -> dict[str, str | None]:
        """What was typed, as the rules take it."""
        return {name: self[name].data for name in FIELDS}


class LogoForm(Form):
    """A picture for the head of the paper."""

    title = N_("Logo")
    submit = N_("Use this picture")

    logo = FileField(N_("Picture"), hint=N_("PNG, JPEG or WebP, at most 1 MB and 4,000 pixels each way."))

    def picture(self) -> bytes:
        """The bytes of the file; none when no file was chosen."""
        return self.logo.data.read() if self.logo.data else b""


class LogoRemovalForm(Form):
    """Takes the picture off the paper."""

    submit = N_("Remove the logo")


class SeriesForm(Form):
    """A new series of numbers."""

    title = N_("New series")
    PLACES: ClassVar = {
        "invoice_series.taken": "code",
        "invoice_series.prefix_taken": "prefix",
        "invoice_series.number_invalid": "first_number",
        "invoice_series.wrong_kind": "kind",
    }

    kind = Choice(N_("For"), needed=True)
    code = Text(N_("Code"), needed=True, most=16, hint=N_("Short, such as INV27. It stays as it is."))
    name = Text(N_("Name"), needed=True, most=100)
    prefix = Text(N_("Prefix"), most=16, hint=N_("What stands before each number, such as 2027-."))
    first_number = Whole(N_("First number"), needed=True)

    def offer(self) -> None:
        """Sets what can be chosen."""
        self.kind.offer([(value, _(text)) for value, text in KIND_WORDS.items()])


class BeginForm(Form):
    """The number that a series begins with, before its first number was taken."""

    submit = N_("Begin with this number")
    PLACES: ClassVar = {"invoice_series.number_invalid": "number", "invoice_series.started": "number"}

    number = Whole(N_("First number"), needed=True)


class SeriesSwitchForm(Form):
    """Switches a series on or off."""
