"""The forms of housekeeping: the condition of rooms, and rooms that are out."""

from __future__ import annotations

from typing import ClassVar

from flask import request

from folios.errors import N_
from folios.texts import read_number
from frontoffice.forms.base import Choice, Day, Form, Text

CONDITION_WORDS = {"clean": N_("clean"), "dirty": N_("dirty"), "inspected": N_("inspected")}
OCCUPANCY_WORDS = {"vacant": N_("vacant"), "occupied": N_("occupied")}
OUTAGE_WORDS = {"out_of_order": N_("out of order"), "out_of_service": N_("out of service")}


DISCREPANCY_WORDS = {"skip": N_("skip"), "sleep": N_("sleep")}


class ReportForm(Form):
    """What the housekeeper reports: these rooms are like this now, or were found so. They are ticked on the rack."""

    title = N_("Rooms")

    def rooms(self) -> list[int]:
        """The ids of the rooms that were ticked."""
        return [number for text in request.form.getlist("room") if (number := read_number(text)) is not None]

    def said(self) -> str:
        """The condition, or what was found, whose button was pressed."""
        return request.form.get("condition", "")


class OutageForm(Form):
    """A room that cannot be used for a while."""

    title = N_("Take the room out")
    submit = N_("Take it out")
    PLACES: ClassVar = {
        "period.invalid": "to_date",
        "outage.in_past": "from_date",
        "outage.overlaps": "from_date",
        "reason.missing": "reason",
    }

    kind = Choice(N_("How"), needed=True)
    from_date = Day(N_("From"), needed=True)
    to_date = Day(N_("Back on"), needed=True, hint=N_("The first day on which it can be used again."))
    reason = Text(N_("Why"), needed=True, most=200)
