"""The form that places a charge from suspense."""

from __future__ import annotations

from typing import ClassVar

from folios.errors import N_
from frontoffice.forms.base import ApprovedForm, Text
from frontoffice.forms.folios import OVER_LIMIT


class PlaceForm(ApprovedForm):
    """Where a charge belongs: a room, or the number of a folio."""

    title = N_("Place a charge")
    submit = N_("Place")
    approval = OVER_LIMIT
    PLACES: ClassVar = {"transfer.target_missing": "room", "room.vacant": "room", "folio.unknown": "folio"}

    room = Text(N_("Room"), most=16, hint=N_("The guest who is in it now."))
    folio = Text(N_("Or folio number"), most=32)
    reason = Text(N_("Reason"), most=500, hint=N_("Empty: what the terminal was answered."))
