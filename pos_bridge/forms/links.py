"""The forms of links: how one is reached and what it may do, its outlets, how it is paid; of keys, wake-up calls and
messages for guests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from wtforms import HiddenField

from folios.errors import N_, Refusal
from folios.texts import read_number
from frontoffice.forms.base import Choice, Day, EditForm, Form, Paragraph, Text, Whole, Yes
from frontoffice.language import gettext as _
from pos_bridge.door_keys import KIND_WORDS
from pos_bridge.links import BAUDS, ENCODINGS, LinkChoiceInvalid, NumberTwice

WAY_WORDS = {"tcp": N_("network (TCP)"), "serial": N_("serial line")}
PROTOCOL_WORDS = {"fias": "FIAS", "xml_pos": "XML_POS"}
PARITY_WORDS = {"N": N_("none"), "E": N_("even"), "O": N_("odd")}
TO_ROOM = "-"
MORE_ROWS, MOST_ROWS = 3, 60
_TEXTS = ("name", "protocol", "way", "host", "allowed", "device", "parity", "encoding", "records")
_WHOLE = ("port", "baud", "data_bits", "decimals")
_SWITCHES = ("check_bytes", "negative", "over_limit", "to_suspense")


class TimeInvalid(Refusal):
    code = "wake_up.time_invalid"
    message = N_("{typed} is no time of the day. Write it as 07:30.")


_CODE = Text(N_("Code"), needed=True, most=16, hint=N_("Short, such as TILL. It stays as it is."))  # stands first


class _Facts:
    """How a link is set up, new or known."""

    name = Text(N_("Name"), needed=True, most=100, hint=N_("Such as Till of the restaurant, or Exchange."))
    protocol = Choice(N_("Protocol"), needed=True)
    way = Choice(N_("Reached by"), needed=True)
    host = Text(N_("Listens on address"), most=45, hint=N_("0.0.0.0: on every address of this machine."))
    port = Whole(N_("Port"))
    allowed = Text(N_("May connect"), most=500, hint=N_("Networks, such as 10.0.0.0/24. Empty: everybody."))
    device = Text(N_("Serial device"), most=200, hint=N_("Such as /dev/ttyS0, socket://box:4001."))
    baud = Choice(N_("Baud"), needed=True)
    data_bits = Choice(N_("Data bits"), needed=True)
    parity = Choice(N_("Parity"), needed=True)
    check_bytes = Yes(N_("Check bytes (LRC) on the serial line"))
    encoding = Choice(N_("Code page"), needed=True)
    decimals = Choice(N_("Decimals of amounts"), needed=True, hint=N_("1450 is 14.50 with two."))
    silence_s = Whole(N_("Closed after seconds of silence"), hint=N_("Empty: never. Many say nothing for hours."))
    records = Text(N_("Records that are taken"), most=200, hint=N_("Such as PS PR. Empty: all of them."))
    negative = Yes(N_("Takes back charges by amounts below zero"))
    over_limit = Yes(N_("May let a charge pass the house limit (CO)"))
    to_suspense = Yes(N_("What cannot be placed goes to suspense"))

    def offer(self) -> None:
        """Sets what can be chosen."""
        for name, words in (("way", WAY_WORDS), ("protocol", PROTOCOL_WORDS), ("parity", PARITY_WORDS)):
            self[name].offer([(value, _(text)) for value, text in words.items()])  # type: ignore[index]
        for name, values in (("baud", BAUDS), ("data_bits", (8, 7)), ("decimals", range(5)), ("encoding", ENCODINGS)):
            self[name].offer([(value, str(value)) for value in values])  # type: ignore[index]

    def facts(self) -> dict[str, Any]:
        """The columns of a link."""
        told = {name: self[name].data or "" for name in _TEXTS}  # type: ignore[index]
        told |= {name: int(self[name].data or 0) for name in _WHOLE}  # type: ignore[index]
        told |= {name: self[name].data for name in _SWITCHES}  # type: ignore[index]
        return {**told, "silence_s": self["silence_s"].data}  # type: ignore[index]


class LinkForm(_Facts, Form):
    """A new link."""

    title = N_("New link")
    PLACES: ClassVar = {
        "link.port_taken": "port",
        "link.device_missing": "device",
        "link.code_taken": "code",
        "outlet.code_invalid": "code",
    }
    code = _CODE


class LinkEditForm(_Facts, EditForm):
    """What can be changed of a link."""

    title = N_("Link")
    PLACES: ClassVar = {"link.port_taken": "port", "link.device_missing": "device"}


class RowsForm(EditForm):
    """Pairs of a number or method and what it stands for, a row each, saved all at once. Made by `rows_form`."""

    rows = HiddenField()
    count: ClassVar[int] = 0
    default: ClassVar[bool] = False
    most: ClassVar[int] = 0

    def lines(self) -> list[tuple[Any, Any]]:
        """The two fields of each row."""
        return [(self[f"name_{row}"], self[f"to_{row}"]) for row in range(self.count)]

    def chosen(self) -> dict[str, str]:
        """What each name stands for. A row without a choice says nothing. Refuses a name twice, or one too long."""
        found: dict[str, str] = {}
        for name, to in self.lines():
            if len(name.data or "") > self.most:
                raise LinkChoiceInvalid(field=name.name, given=name.data[:30])
            if not to.data or (not name.data and not self.default):
                continue
            if (name.data or "") in found:
                raise NumberTwice(given=name.data or "–")
            found[name.data or ""] = to.data
        return found


def rows_form(
    standing: Mapping[str, str],
    offered: Sequence[tuple[str, str]],
    sent_rows: str | None,
    *,
    labels: tuple[str, str],
    most: int,
    default: bool = False,
    **more: Any,
) -> RowsForm:
    """The form with a row for each pair that stands, and some empty ones. `default`: an empty name says something."""
    known = sorted(standing.items())
    count = min(MOST_ROWS, max(read_number(sent_rows) or 0, len(known) + MORE_ROWS))
    fields: dict[str, Any] = {"count": count, "default": default, "most": most}
    begin: dict[str, Any] = {"rows": str(count)}
    for row in range(count):
        fields[f"name_{row}"] = Text(labels[0], most=most)
        fields[f"to_{row}"] = Choice(labels[1], none="–")
        if row < len(known):
            begin |= {f"name_{row}": known[row][0], f"to_{row}": known[row][1]}
    form: RowsForm = type("RowsForm", (RowsForm,), fields)(**begin, **more)
    for _name, to in form.lines():
        to.offer(offered)
    return form


class ResyncForm(Form):
    """Tells a link anew who is in which room."""

    title = N_("Resync")
    submit = N_("Resync")


class KeyForm(Form):
    """Asks a door-lock system for a key."""

    title = N_("Ask for a key")
    submit = N_("Ask for the key")
    PLACES: ClassVar = {"key_request.kind_invalid": "keys", "room.vacant": "room", "payer.room_vacant": "room"}

    room = Text(N_("Room"), needed=True, most=8)
    coder = Text(N_("Key coder"), needed=True, most=8, hint=N_("Its number on the lock system."))
    kind = Choice(N_("Key"), needed=True)
    keys = Whole(N_("How many"), needed=True)

    def offer(self) -> None:
        """Sets what can be chosen."""
        self.kind.offer([(value, _(text)) for value, text in KIND_WORDS.items()])


class WakeUpForm(Form):
    """A new wake-up call."""

    title = N_("New wake-up call")
    PLACES: ClassVar = {
        "payer.room_unknown": "room",
        "payer.room_vacant": "room",
        "wake_up.in_past": "at",
        "wake_up.time_invalid": "at",
    }

    room = Text(N_("Room"), needed=True, most=8)
    day = Day(N_("Day"), needed=True)
    at = Text(N_("Time"), needed=True, most=5, hint=N_("Such as 07:30."))

    def moment(self, zone: str) -> datetime:
        """The moment, in UTC. Refuses (`TimeInvalid`) what is no time."""
        typed = (self.at.data or "").replace(".", ":")
        typed = f"0{typed}" if len(typed.partition(":")[0]) == 1 else typed
        try:
            of_day = time.fromisoformat(typed)
        except ValueError:
            raise TimeInvalid(typed=typed[:10]) from None
        return datetime.combine(self.day.data or date.min, of_day.replace(tzinfo=None), ZoneInfo(zone)).astimezone(UTC)


class GuestMessageForm(Form):
    """A message for a guest in house."""

    title = N_("New message for a guest")
    PLACES: ClassVar = {"payer.room_unknown": "room", "payer.room_vacant": "room"}

    room = Text(N_("Room"), needed=True, most=8)
    text = Paragraph(N_("Message"), needed=True, most=1000)
