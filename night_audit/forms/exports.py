"""The forms of the ledger export: which days, and an account of the accountant's chart."""

from __future__ import annotations

from typing import ClassVar

from folios.errors import N_
from frontoffice.forms.base import Day, EditForm, Form, Text
from night_audit.ledger_accounts import MOST_NAME, MOST_NUMBER


class ExportForm(Form):
    """The days to export."""

    title = N_("Export days")
    submit = N_("Export")
    PLACES: ClassVar = {
        "ledger_export.days_invalid": "last",
        "ledger_export.day_open": "last",
        "ledger_export.overlaps": "first",
    }

    first = Day(N_("First day"), needed=True)
    last = Day(N_("Last day"), needed=True)


class AccountForm(EditForm):
    """An account of the accountant's chart."""

    title = N_("Account")
    PLACES: ClassVar = {"ledger_account.invalid": "number"}

    number = Text(N_("Number"), needed=True, most=MOST_NUMBER)
    name = Text(N_("Name"), needed=True, most=MOST_NAME)
