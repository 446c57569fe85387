"""The forms of what belongs to the hotel as a whole: its name and clock, and how much its guests may owe."""

from __future__ import annotations

from typing import Any, ClassVar

from folios.errors import N_
from folios.models import TENDERS
from frontoffice.forms.base import Amount, EditForm, Text, Whole


class PropertyForm(EditForm):
    """The hotel itself; its currency is the ledger's and stays."""

    title = N_("The hotel")
    PLACES: ClassVar = {
        "property.name_missing": "name",
        "property.time_zone_invalid": "time_zone",
        "property.idle_minutes_invalid": "idle_minutes",
    }

    name = Text(N_("Name"), needed=True, most=200)
    time_zone = Text(N_("Time zone"), needed=True, most=64, hint=N_("Such as Europe/Lisbon."))
    country = Text(N_("Country"), most=2, hint=N_("Two letters, such as PT."))
    idle_minutes = Whole(
        N_("Minutes until sign-in is asked again"),
        needed=True,
        hint=N_("When nobody clicks for so long. What was being typed comes back after signing in."),
    )


class LimitsForm(EditForm):
    """The highest balance of a guest, by how they will pay. Empty is no limit. Its version is that of all together."""

    title = N_("House limits")

    cash = Amount(N_("Who pays cash, or has not said"), hint=N_("Empty: no limit."))
    card = Amount(N_("Who pays by card"), hint=N_("Empty: no limit."))
    direct_bill = Amount(N_("Whose company is billed"), hint=N_("Empty: no limit."))

    def limits(self) -> dict[str, Any]:
        """The limits in minor units, by method of payment."""
        return {method: self[method].minor for method in TENDERS}
