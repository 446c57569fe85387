"""The form of a guest's profile."""

from __future__ import annotations

from typing import ClassVar

from folios.errors import N_
from frontoffice.fields import ADDRESS_FIELDS
from frontoffice.forms.base import EditForm, Paragraph, Text
from frontoffice.guests import FIELDS


class GuestForm(EditForm):
    """Everything that can be written about a guest; each field is named like the column it goes to."""

    title = N_("Guest")
    PLACES: ClassVar = {"language.unknown": "language"}

    surname = Text(N_("Surname"), needed=True, most=FIELDS["surname"])
    first_names = Text(N_("First names"), most=FIELDS["first_names"])
    title_of = Text(N_("Title"), most=FIELDS["title"])
    language = Text(N_("Language"), most=2, hint=N_("Two letters, such as pt: the language of bills."))
    id_document = Text(N_("Identity document"), most=FIELDS["id_document"])
    email = Text(N_("E-mail"), most=ADDRESS_FIELDS["email"])
    phone = Text(N_("Telephone"), most=ADDRESS_FIELDS["phone"])
    address = Text(N_("Street"), most=ADDRESS_FIELDS["address"])
    postal_code = Text(N_("Postal code"), most=ADDRESS_FIELDS["postal_code"])
    city = Text(N_("City"), most=ADDRESS_FIELDS["city"])
    country = Text(N_("Country"), most=2, hint=N_("Two letters, such as PT."))
    vat_number = Text(N_("VAT number"), most=ADDRESS_FIELDS["vat_number"])
    remark = Paragraph(N_("Remark"), most=ADDRESS_FIELDS["remark"])

    def fields(self) -> dict[str, str | None]:
        """What was typed, as the rules take it."""
        return {name: self[_named(name)].data for name in FIELDS}


def _named(field: str) -> str:
    """The form's name of a guest's field: `title` is a word every form has for itself."""
    return "title_of" if field == "title" else field
