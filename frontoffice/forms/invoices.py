"""The forms of invoices: whom one is made out to, and why one is credited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from folios.errors import N_
from frontoffice.bills import Recipient
from frontoffice.forms.base import Approval, ApprovedForm, Choice, Form, Text
from frontoffice.forms.bills import GROUPING_WORDS, offer_series, spoken
from frontoffice.invoices import RECIPIENT_FIELDS
from frontoffice.language import gettext as _
from frontoffice.models.invoices import InvoiceSeries


class IssueForm(Form):
    """An invoice to be issued; its fields are named like those of the recipient."""

    title = N_("Issue an invoice")
    submit = N_("Issue the invoice")
    PLACES: ClassVar = {f"invoice_series.{word}": "series" for word in ("missing", "unknown", "closed", "wrong_kind")}

    name = Text(N_("Made out to"), needed=True, most=RECIPIENT_FIELDS["name"])
    address = Text(N_("Street"), most=RECIPIENT_FIELDS["address"])
    postal_code = Text(N_("Postal code"), most=RECIPIENT_FIELDS["postal_code"])
    city = Text(N_("City"), most=RECIPIENT_FIELDS["city"])
    country = Text(N_("Country"), most=2, hint=N_("Two letters, such as PT."))
    vat_number = Text(N_("VAT number"), most=RECIPIENT_FIELDS["vat_number"])
    grouping = Choice(N_("Lines"), needed=True)
    language = Choice(N_("Language"), needed=True)
    series = Choice(N_("Series"))

    def offer(self, series: Sequence[InvoiceSeries], guests_language: str) -> None:
        """Offers what there is. With one series or none there is nothing to choose."""
        self.grouping.offer([(value, _(text)) for value, text in GROUPING_WORDS.items()])
        self.language.offer(spoken(guests_language))
        offer_series(self, series)

    def recipient(self) -> Recipient:
        """Whom it is made out to."""
        given: dict[str, Any] = {field: self[field].data for field in RECIPIENT_FIELDS}
        return Recipient(**given)


class CreditForm(ApprovedForm):
    """An invoice to be taken back whole."""

    title = N_("Credit the invoice")
    submit = N_("Issue the credit note")
    approval = Approval("invoice.credit")

    reason = Text(N_("Reason"), needed=True, most=500, hint=N_("It stands on the credit note."))


class PrintForm(Form):
    """One print of an invoice."""

    submit = N_("Print")
