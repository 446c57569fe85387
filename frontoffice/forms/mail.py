"""The forms of mail: a test, and a mail that is sent again."""

from __future__ import annotations

from typing import ClassVar

from folios.errors import N_
from frontoffice.forms.base import Form, Text
from frontoffice.mail_line import MOST_ADDRESS


class TestMailForm(Form):
    """Where a mail goes that only shows that mail arrives."""

    __test__ = False  # no test of pytest's
    title = N_("Send a test mail")
    submit = N_("Send")
    PLACES: ClassVar = {"mail_address.invalid": "address"}

    address = Text(N_("Address"), needed=True, most=MOST_ADDRESS, hint=N_("Such as name@hotel.example."))


class SendAgainForm(Form):
    """A mail to be tried again now."""

    title = N_("Send again")
    submit = N_("Send again")
