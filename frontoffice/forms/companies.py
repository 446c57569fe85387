"""The form of a company that may be billed."""

from __future__ import annotations

from typing import Any, ClassVar

from folios.errors import N_
from frontoffice.companies import TEXT_FIELDS
from frontoffice.fields import ADDRESS_FIELDS
from frontoffice.forms.accounts import LIMIT
from frontoffice.forms.base import Amount, Approval, ApprovedForm, EditForm, Paragraph, Text, Whole
from frontoffice.models.guests import Company


class CompanyForm(ApprovedForm, EditForm):
    """Everything that can be written about a company; each field is named like the column it goes to.

    Giving it a credit limit, or another, needs somebody who may set limits.
    """

    title = N_("Company")
    PLACES: ClassVar = {
        "company.code_taken": "code",
        "company.terms_invalid": "terms_days",
        "company.credit_limit_invalid": "credit_limit_minor",
        "amount.too_large": "credit_limit_minor",
    }

    code = Text(N_("Code"), needed=True, most=TEXT_FIELDS["code"], hint=N_("Short, to find it by."))
    name = Text(N_("Name"), needed=True, most=TEXT_FIELDS["name"])
    address = Text(N_("Street"), most=ADDRESS_FIELDS["address"])
    postal_code = Text(N_("Postal code"), most=ADDRESS_FIELDS["postal_code"])
    city = Text(N_("City"), most=ADDRESS_FIELDS["city"])
    country = Text(N_("Country"), most=2, hint=N_("Two letters, such as PT."))
    vat_number = Text(N_("VAT number"), most=ADDRESS_FIELDS["vat_number"])
    email = Text(N_("E-mail"), most=ADDRESS_FIELDS["email"])
    phone = Text(N_("Telephone"), most=ADDRESS_FIELDS["phone"])
    terms_days = Whole(N_("Days to pay"), needed=True)
    credit_limit_minor = Amount(N_("Credit limit"), hint=N_("Empty: none."))
    remark = Paragraph(N_("Remark"), most=ADDRESS_FIELDS["remark"])

    version_now = 0
    limit_now_minor: int | None = None

    def about(self, company: Company) -> None:
        """Says which company it is, as it is now."""
        self.version_now, self.limit_now_minor = company.version, company.credit_limit_minor

    @property
    def approval(self) -> Approval | None:  # type: ignore[override] # other forms always ask, or never
        """Who may set limits, when the limit is changed. A stale form is not worth a signature: it is refused."""
        if self.seen_version != self.version_now:
            return None
        return LIMIT if self.credit_limit_minor.minor != self.limit_now_minor else None

    def fields(self) -> dict[str, Any]:
        """What was typed, as the rules take it."""
        texts: dict[str, Any] = {name: self[name].data for name in TEXT_FIELDS}
        return texts | {"terms_days": self.terms_days.data, "credit_limit_minor": self.credit_limit_minor.minor}
