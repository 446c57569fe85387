"""The forms of terminals and their keys."""

from __future__ import annotations

from typing import Any, ClassVar

from folios.errors import N_
from frontoffice.forms.base import Choice, EditForm, Form, Paragraph, Text, Yes
from pos_bridge.models.outlets import TERMINAL_RIGHTS

RIGHT_WORDS = {
    "inquire": N_("asks who is in a room"),
    "charge": N_("charges"),
    "void": N_("takes its charges back"),
    "report": N_("sends its totals at the end of the day"),
    "events": N_("is told of arrivals and departures"),
}


class _Rights:
    """What a terminal may do, a box each."""

    def rights(self) -> list[str]:
        """The words that were ticked."""
        return [word for word in TERMINAL_RIGHTS if self[word].data]  # type: ignore[index]


class TerminalForm(_Rights, Form):
    """A new terminal of an outlet."""

    title = N_("New terminal")
    PLACES: ClassVar = {"terminal.code_taken": "code", "outlet.code_invalid": "code"}

    code = Text(N_("Code"), needed=True, most=16, hint=N_("Short, such as BAR1. It stays as it is."))
    name = Text(N_("Name"), needed=True, most=100, hint=N_("Where it stands."))
    inquire = Yes(RIGHT_WORDS["inquire"])
    charge = Yes(RIGHT_WORDS["charge"])
    void = Yes(RIGHT_WORDS["void"])
    report = Yes(RIGHT_WORDS["report"])
    events = Yes(RIGHT_WORDS["events"])


class TerminalEditForm(_Rights, EditForm):
    """What can be changed of a terminal."""

    title = N_("Terminal")

    name = Text(N_("Name"), needed=True, most=100, hint=N_("Where it stands."))
    outlet_code = Choice(N_("Outlet"), needed=True)
    inquire = Yes(RIGHT_WORDS["inquire"])
    charge = Yes(RIGHT_WORDS["charge"])
    void = Yes(RIGHT_WORDS["void"])
    report = Yes(RIGHT_WORDS["report"])
    events = Yes(RIGHT_WORDS["events"])
    active = Yes(N_("Is on"))


def ticked(rights: str) -> dict[str, Any]:
    """What the boxes begin with, for rights as they are stored."""
    words = rights.split()
    return {word: word in words for word in TERMINAL_RIGHTS}


class KeyForm(Form):
    """A new key of a terminal."""

    title = N_("New key")
    submit = N_("Give the key")
    PLACES: ClassVar = {"terminal.network_invalid": "networks"}

    networks = Paragraph(
        N_("May come from"),
        most=500,
        hint=N_("Addresses and networks such as 10.0.0.0/24, one a line. Empty: from anywhere."),
    )


class RevokeForm(Form):
    """Revokes a key."""

    submit = N_("Revoke")
