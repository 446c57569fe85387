"""Which handler takes which record, and what is done with its fields; the help's table of support is made of this.

A record that the link is not set up for, or that is not known, is not answered; a posting is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from folios.errors import N_
from frontoffice.language import show
from pos_bridge.fias.records import Record
from pos_bridge.fias_desk import bills, inquiries, postings, rooms_told
from pos_bridge.fias_desk.calls import Call
from pos_bridge.fias_desk.statuses import RecordOff, status_for

Handler = Callable[[Call], list[Record]]
POSTINGS: Final = ("PS", "PR")


@dataclass(frozen=True, slots=True)
class Support:
    """What is done with a record. `fields`: those that are read, in the order of the vocabulary; others are ignored."""

    done: str
    handler: Handler | None = None
    fields: tuple[str, ...] = ()
    sent: tuple[str, ...] = field(default=())


def _posting(call: Call) -> list[Record]:
    return postings.post(call)


def _request(call: Call) -> list[Record]:
    return postings.post(call) if postings.posts(call.record) else inquiries.inquire(call)


_MOMENT = ("DA", "TI")
_NUMBERED = tuple(f"{letter}{number}" for letter in "STD" for number in range(1, 10))
_CHECK = ("C#", "CV", "T#", "ST", "ID", "X1", "CT", "SC", "TP", "CO", *_NUMBERED)
_POSTED = ("RN", "G#", "GN", "TA", "PT", "MA", "M#", "SO", "P#", "WS", *_CHECK, *_MOMENT)
_GUEST = ("RN", "G#", "GS", "GN", "GF", "GT", "GL", "GV", "GA", "GD", "G+", "NP")
_ANSWER = ("AS", "CT", "RN", "G#", "GN", "SO", "WS", "ID", "C#", "P#", *_MOMENT)

SUPPORT: Final[Mapping[str, Support]] = {
    "LS": Support(N_("starts the link; while it is up it is answered as a sign of life"), sent=_MOMENT),
    "LA": Support(N_("the link is up"), sent=_MOMENT),
    "LE": Support(N_("ends the link"), sent=_MOMENT),
    "LD": Support(N_("kept and shown on the monitor"), fields=("IF", "V#", "RT", *_MOMENT)),
    "LR": Support(N_("decides which records and fields are sent"), fields=("RI", "FL")),
    "LC": Support(N_("sent to who asks for it"), sent=("RP", "A0", "A1", "A2", "A3", "PH")),
    "DR": Support(N_("starts a resync"), fields=_MOMENT),
    "DS": Support(N_("sent before a resync"), sent=_MOMENT),
    "DE": Support(N_("sent after a resync"), sent=_MOMENT),
    "GI": Support(N_("sent at check-in, and for everybody in house in a resync"), sent=(*_GUEST, "SF")),
    "GO": Support(N_("sent at check-out, and for every vacant room in a resync"), sent=("RN", "G#", "GS", "SF")),
    "GC": Support(N_("sent on a change of guest or stay, and on a move"), sent=(*_GUEST, "RO")),
    "NS": Support(N_("sent when the business date rolls"), sent=_MOMENT),
    "NE": Support(N_("sent when the business day is closed"), sent=_MOMENT),
    "PS": Support(
        N_("charged: the amount, articles at our price, or a call by tariff"),
        _posting,
        (*_POSTED, "DU", "DD", "MP"),
        _ANSWER,
    ),
    "PR": Support(
        N_("asked: who is there; posted: charged to the guest, or a sale paid at the till"),
        _request,
        ("PI", "$2", "MX", "PM", *_POSTED),
        _ANSWER,
    ),
    "PL": Support(
        N_("sent as the answer to an inquiry"),
        sent=("RN", "G#", "GN", "GF", "GT", "GL", "GV", "GA", "GD", "G+", "BA", "CL", "NP", "PM"),
    ),
    "PA": Support(N_("sent as the answer to a posting"), sent=_ANSWER),
    "XR": Support(N_("answered with the bill"), bills.show_bill, ("RN", "G#")),
    "XI": Support(N_("a line of the bill"), sent=("RN", "G#", "BD", "BI", "F#", "FD", *_MOMENT)),
    "XB": Support(N_("the balance of the bill"), sent=("RN", "G#", "BA", "AS", *_MOMENT)),
    "XC": Support(N_("checks out who leaves today and owes nothing"), bills.leave, ("RN", "G#", "BA"), ("AS", "CT")),
    "XL": Support(N_("sent when the desk leaves a message"), sent=("RN", "G#", "MI", "MT")),
    "XM": Support(N_("answered with the messages"), rooms_told.messages, ("RN", "G#")),
    "XT": Support(N_("a message's text"), sent=("RN", "G#", "MI", "MT", "AS", *_MOMENT)),
    "XD": Support(N_("takes a message away"), rooms_told.message_deleted, ("RN", "G#", "MI"), ("RN", "G#", "MI", "AS")),
    "RE": Support(
        N_("says how clean a room is and how it was found, and its signs; sent when the message light changes"),
        rooms_told.equipment,
        ("RN", "RS", *rooms_told.STORED),
        ("RN", "ML", "DN"),
    ),
    "WR": Support(N_("sets a wake-up call"), rooms_told.wake_up, ("RN", *_MOMENT), ("RN", "G#", *_MOMENT)),
    "WC": Support(N_("takes a wake-up call back"), rooms_told.wake_up_cleared, ("RN", *_MOMENT), ("RN", *_MOMENT)),
    "WA": Support(
        N_("what came of it: called again, or shown to the desk"),
        rooms_told.wake_up_answered,
        ("RN", "AS", *_MOMENT),
        ("RN", "AS", "CT", *_MOMENT),
    ),
    "KR": Support(N_("sent when the desk asks for a key"), sent=("WS", "KC", "RN", "KT", "K#", "G#", "GN", "GA", "GD")),
    "KA": Support(N_("kept with the key that was asked for"), rooms_told.key_answered, ("RN", "KC", "AS", "CT")),
}
"""Records that stand in the vocabulary and not here are known by name, and ignored."""


def handle(call: Call) -> list[Record]:
    """What is answered to a record: nothing to one that has no handler here or on this link."""
    support = SUPPORT.get(call.record.id)
    if support is None or support.handler is None:
        return []
    if call.rules.records and call.record.id not in call.rules.records:
        if call.record.id not in POSTINGS:
            return []
        refusal = RecordOff(record=call.record.id)
        return [call.answer("PA", status_for(refusal), show(refusal))]
    return support.handler(call)
