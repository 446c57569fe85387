"""The forms of the audit: starting it, taking it up, rehearsing it, accepting what it warns of, its rules."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from wtforms import HiddenField

from folios.errors import N_
from frontoffice.forms.base import Choice, EditForm, Form, Paragraph, Text, Whole, Yes


class RunForm(Form):
    """Starting the audit of the day that is open, or taking up the one that waits."""

    title = N_("Close the business day")
    submit = N_("Start the audit")


class ResumeForm(Form):
    """Taking up an audit that stopped."""

    title = N_("Take up the audit")
    submit = N_("Go on")


class RehearseForm(Form):
    """Rehearsing it."""

    title = N_("Rehearse the audit")
    submit = N_("Rehearse")


class AcceptForm(Form):
    """Why what was found may stay as it is. `seen` is of the rows that were on the page."""

    title = N_("Accept with a reason")
    submit = N_("Accept")
    PLACES: ClassVar = {"audit_check.reason_missing": "reason"}

    seen = HiddenField()
    reason = Paragraph(N_("Reason"), needed=True, most=500, hint=N_("It stands in the audit's record with your name."))


class RulesForm(EditForm):
    """What the audit may decide alone, and when the clock starts it."""

    title = N_("Rules of the night")
    submit = N_("Save")
    PLACES: ClassVar = {
        "run_time.invalid": "run_at",
        "fee_percent.invalid": "no_show_percent",
        "code.unknown": "no_show_code",
        "code.inactive": "no_show_code",
        "code.wrong_kind": "no_show_code",
    }

    no_shows = Choice(N_("Who has not arrived"), needed=True)
    no_show_percent = Whole(
        N_("Fee of a no-show, in percent of the first night"),
        hint=N_("Of guaranteed bookings and those with a deposit. 100: the whole night. Empty: nothing."),
    )
    no_show_code = Choice(
        N_("The fee is charged as"),
        none=N_("as the night of its rate"),
        hint=N_("With the taxes that the code generates."),
    )
    minimum_hours = Whole(
        N_("Hours between two audits"),
        needed=True,
        hint=N_("A day that is over by the clock may be closed at any time; one that is not, only after these hours."),
    )
    run_at = Text(
        N_("Time of the unattended audit"), most=5, hint=N_("On the hotel's wall, such as 03:00. Empty: only by hand.")
    )
    extend_due_outs = Yes(N_("Unattended: keep who did not leave for one more night"))
    force_shifts = Yes(N_("Unattended: close shifts that are still open without a count"))
    most_days = Whole(
        N_("Unattended: missed days it may close"),
        needed=True,
        hint=N_("With more than these it stops and calls somebody: the clock may be wrong."),
    )


def read_time(text: str | None) -> time | None:
    """A time of the day as `03:00`; None when nothing was typed. Refuses anything else (ValueError)."""
    return None if not text else time.fromisoformat(text if len(text) == 5 else f"0{text}")
