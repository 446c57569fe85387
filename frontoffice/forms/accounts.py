"""The forms of an account: opened with what people know it by, and renamed or limited later."""

from __future__ import annotations

from typing import Any, ClassVar

from folios.errors import N_
from folios.folio_types import FOLIO_TYPES
from folios.money import Money
from frontoffice.accounts import ACCOUNT_TYPES, TYPE_NAMES, Account
from frontoffice.forms.base import Amount, Approval, ApprovedForm, Choice, EditForm, Text
from frontoffice.language import gettext as _

LIMIT_PLACES = {
    "house_limit.negative": "house_limit_minor",
    "amount.too_large": "house_limit_minor",
    "folio.no_limit": "house_limit_minor",
}
NO_LIMIT = N_("Empty: no limit.")


LIMIT = Approval("folio.limit")


class NewAccountForm(ApprovedForm):
    """An account that is opened by hand; one with a limit needs somebody who may set limits, as a change of it does."""

    title = N_("New account")
    submit = N_("Open the account")
    PLACES: ClassVar = {"account.wrong_type": "type", "folio.number_taken": "number", **LIMIT_PLACES}

    type = Choice(N_("Type"), needed=True, hint=N_("A company's receivable is opened by itself with its first bill."))
    name = Text(N_("Name"), needed=True)
    number = Text(N_("Number"), most=32, hint=N_("What people know it by. Empty: one is drawn."))
    house_limit_minor = Amount(N_("House limit"), hint=NO_LIMIT)

    def offer(self) -> None:
        """Sets the types to choose from."""
        self.type.offer([(each, _(TYPE_NAMES[each])) for each in ACCOUNT_TYPES])

    @property
    def approval(self) -> Approval | None:  # type: ignore[override] # other forms always ask, or never
        """Who may set limits, when one is given. Where the type has none it is refused, which needs no signature."""
        has_limit = self.type.data in ACCOUNT_TYPES and FOLIO_TYPES[self.type.data].has_limit
        return LIMIT if has_limit and self.house_limit_minor.data is not None else None


class AccountForm(ApprovedForm, EditForm):
    """The name and the limit of an account; another limit needs somebody who may set limits."""

    title = N_("Account")
    PLACES: ClassVar = LIMIT_PLACES

    name = Text(N_("Name"), needed=True)
    house_limit_minor = Amount(N_("House limit"), hint=NO_LIMIT)

    version_now = 0
    limit_now: Money | None = None

    def about(self, account: Account) -> None:
        """Says which account it is, as it is now. A receivable's limit is that of the company and not set here."""
        self.version_now, self.limit_now = account.version, account.limit
        if not FOLIO_TYPES[account.type].has_limit:
            del self.house_limit_minor

    def changes(self) -> dict[str, Any]:
        """What was typed, as the rules take it."""
        typed: dict[str, Any] = {"name": self.name.data}
        return typed | ({"house_limit_minor": self.house_limit_minor.minor} if "house_limit_minor" in self else {})

    @property
    def approval(self) -> Approval | None:  # type: ignore[override] # other forms always ask, or never
        """Who may set limits, when the limit is changed. A stale form is not worth a signature: it is refused."""
        if "house_limit_minor" not in self or self.seen_version != self.version_now:
            return None
        return LIMIT if self.house_limit_minor.data != self.limit_now else None
