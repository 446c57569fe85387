"""For every address of outlets, terminals, suspense and the monitor how to come by something that is there.

`tests/frontoffice/places.py` has the others, and the hotel in which these are made.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from folios import clock
from frontoffice import codes
from frontoffice.lifecycle import get_stay
from frontoffice.rooms import get_room
from pos_bridge import guest_messages, link_states, links, outlets, terminals, wake_ups
from pos_bridge.charging import charge_in
from pos_bridge.checks import Check, CheckLine, Whom, content_hash
from pos_bridge.fias_links.seam import LinkState, Spoken
from pos_bridge.models.messages import PosRequest
from pos_bridge.requests import Asked, Sender, body_of
from tests.frontoffice.house import CLERK

if TYPE_CHECKING:
    from tests.frontoffice.places import Objects

Place = Callable[["Objects"], str]


def add_outlet(session: Session, code: str) -> str:
    """An outlet with a code for its items, an article, a tariff, a terminal with a key, and a suspense folio."""
    suspense = outlets.open_suspense(session, CLERK).id
    added = outlets.add_outlet(session, code=code, name="Outlet", suspense_folio_id=suspense, operator=CLERK)
    facts = {"sort": "charge", "code": f"{code}.I", "name": "Items", "department": "Food and beverage"}
    item = codes.add_code(session, **facts, folio_id=added.folio_id, operator=CLERK).code
    outlets.set_codes(session, code, added.version, {("item", 0): item}, CLERK)
    outlets.add_article(session, code, number=1, name="Water", code=item, price_minor=350, operator=CLERK)
    outlets.add_tariff(session, code, prefix="00", name="Abroad", code=item, minute_minor=90, operator=CLERK)
    terminals.add_terminal(session, code=f"{code}-T", name="Till", outlet=code, operator=CLERK)
    terminals.give_key(session, f"{code}-T", CLERK)
    return code


def send_nowhere(session: Session, code: str, key: str = "k") -> int:
    """The voucher of a charge of the outlet's terminal for a room that is not there: it is in suspense."""
    check = Check(Whom(room="NOWHERE"), (CheckLine("item", 450),), total_minor=450, check_number="12")
    sender, content = Sender(f"{code}-T"), content_hash("charge", check)
    asked = Asked(sender, key, "charge", content, body_of(check), "NOWHERE", "12", 450)
    answer = charge_in(session, asked, check)
    assert answer.outcome == "suspense", answer
    assert answer.voucher_id is not None
    return answer.voucher_id


def _outlet(has: Objects) -> str:
    return has.house.do(add_outlet, has.name("OUT"))


def _suspended(has: Objects) -> int:
    return has.house.do(send_nowhere, _outlet(has))


def _message(has: Objects) -> int:
    _suspended(has)
    return max(row.id for row in has.house.rows(PosRequest))


def add_link(session: Session, code: str) -> str:
    """A link that charges for an outlet's terminal, with a key that was asked for and something that was said."""
    outlet = add_outlet(session, f"{code}-O"[:16])
    port = 20_000 + len(links.all_links(session))
    added = links.add_link(session, code=code, name="Till", port=port, operator=CLERK)
    links.set_outlets(session, code, added.version, {"": f"{outlet}-T"}, CLERK)
    links.set_payments(session, code, added.version, {"ROOM": None, "CARD": "VISA"}, CLERK)
    said = (Spoken(clock.now(), "in", "PS|RN101|TA100|P#1|"), Spoken(clock.now(), "out", "PA|RN101|ASOK|P#1|"))
    shown = LinkState(added.id, "alive", "127.0.0.1:1", description="LD|IFPO|", lists=(("PA", ("AS",)),), spoken=said)
    link_states.keep(session, [shown])
    return code


def _link(has: Objects) -> str:
    return has.house.do(add_link, has.name("LNK")[:10])


def _wake_up(has: Objects) -> int:
    stay = has.stay()
    room = has.house.do(lambda session: get_room(session, get_stay(session, stay).room_id or 0).number)
    at = clock.now() + timedelta(days=1)
    return has.house.do(lambda session: wake_ups.set_wake_up(session, room, at, CLERK).id)


def _guest_message(has: Objects) -> int:
    stay = has.stay()
    return has.house.do(lambda session: guest_messages.write(session, stay, "Call home", CLERK).id)


def _key(has: Objects) -> str:
    code = _outlet(has)
    given = has.house.do(terminals.give_key, f"{code}-T", CLERK)
    return f"/set-up/terminals/{given.terminal}/keys/{given.id}/revoke"


def _at(pattern: str, make: Callable[[Objects], object] = _outlet) -> Place:
    return lambda has: pattern.format(make(has))


DEEDS: dict[str, Place] = {
    "/set-up/outlets/<code>/edit": _at("/set-up/outlets/{}/edit"),
    "/set-up/outlets/<code>/on": _at("/set-up/outlets/{}/on"),
    "/set-up/outlets/<code>/off": _at("/set-up/outlets/{}/off"),
    "/set-up/outlets/<code>/codes": _at("/set-up/outlets/{}/codes"),
    "/set-up/outlets/<code>/articles/new": _at("/set-up/outlets/{}/articles/new"),
    "/set-up/outlets/<code>/articles/<int:number>/edit": _at("/set-up/outlets/{}/articles/1/edit"),
    "/set-up/outlets/<code>/tariffs/new": _at("/set-up/outlets/{}/tariffs/new"),
    "/set-up/outlets/<code>/tariffs/<prefix>/edit": _at("/set-up/outlets/{}/tariffs/00/edit"),
    "/set-up/outlets/<code>/tariffs/<prefix>/remove": _at("/set-up/outlets/{}/tariffs/00/remove"),
    "/set-up/outlets/<code>/terminals/new": _at("/set-up/outlets/{}/terminals/new"),
    "/set-up/terminals/<code>/edit": _at("/set-up/terminals/{}-T/edit"),
    "/set-up/terminals/<code>/keys/new": _at("/set-up/terminals/{}-T/keys/new"),
    "/set-up/terminals/<code>/keys/<int:key_id>/revoke": _key,
    "/set-up/links/<code>/edit": _at("/set-up/links/{}/edit", _link),
    "/set-up/links/<code>/on": _at("/set-up/links/{}/on", _link),
    "/set-up/links/<code>/off": _at("/set-up/links/{}/off", _link),
    "/set-up/links/<code>/outlets": _at("/set-up/links/{}/outlets", _link),
    "/set-up/links/<code>/payments": _at("/set-up/links/{}/payments", _link),
    "/links/<code>/resync": _at("/links/{}/resync", _link),
    "/links/<code>/keys/new": _at("/links/{}/keys/new", _link),
    "/wake-ups/<int:wake_up_id>/clear": _at("/wake-ups/{}/clear", _wake_up),
    "/wake-ups/<int:wake_up_id>/seen": _at("/wake-ups/{}/seen", _wake_up),
    "/guest-messages/<int:message_id>/delete": _at("/guest-messages/{}/delete", _guest_message),
    "/suspense/<int:voucher_id>/place": _at("/suspense/{}/place", _suspended),
}
PAGES: dict[str, Place] = {
    "/set-up/outlets/<code>": _at("/set-up/outlets/{}"),
    "/set-up/terminals/<code>": _at("/set-up/terminals/{}-T"),
    "/set-up/links": _at("/set-up/links", _link),
    "/set-up/links/<code>": _at("/set-up/links/{}", _link),
    "/links/<code>": _at("/links/{}", _link),
    "/wake-ups": _at("/wake-ups", _wake_up),
    "/suspense": _at("/suspense", _suspended),
    "/outlets": _at("/outlets", _suspended),
    "/outlets/messages/<int:message_id>": _at("/outlets/messages/{}", _message),
    "/outlets/log": _at("/outlets/log?from=2026-03-01&to=2026-03-02", _suspended),
}
