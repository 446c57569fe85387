"""Links as they are set up, and as they are found: what is refused, what runs, what the monitor keeps."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import ChangedMeanwhile, CodeWrongKind, Refusal
from pos_bridge import link_states, links, outlets_shown, support
from pos_bridge.book import TerminalUnknown
from pos_bridge.fias.vocabulary import FIELDS, RECORDS
from pos_bridge.fias_desk.handlers import SUPPORT
from pos_bridge.fias_links.seam import LinkState, Spoken
from pos_bridge.link_hotel import link_hotel
from pos_bridge.links import (
    DeviceMissing,
    LinkAddressInvalid,
    LinkChoiceInvalid,
    LinkTaken,
    LinkUnknown,
    MethodInvalid,
    PortTaken,
    RecordsInvalid,
)
from pos_bridge.models.links import Link, LinkPayment
from tests.frontoffice.house import CLERK
from tests.pos_bridge.tills import Tills


def add(tills: Tills, code: str = "TILL", **facts: Any) -> Link:
    return tills.do(lambda session: links.add_link(session, code=code, operator=CLERK, **facts))


def test_a_link_is_added_once_and_runs_as_it_is_set_up(tills: Tills) -> None:
    facts = {"name": "Exchange", "host": "127.0.0.1", "port": 5011, "allowed": "10.0.0.0/24, 127.0.0.1"}
    added = add(tills, records="pr ps", decimals=0, encoding="cp850", silence_s=600, **facts)
    assert added.records == "PR PS"
    (runs,) = link_hotel(tills.sessions).links()
    assert (runs.id, runs.port, runs.encoding, runs.decimals) == (added.id, 5011, "cp850", 0)
    assert runs.allowed == (ip_network("10.0.0.0/24"), ip_network("127.0.0.1/32"))
    assert (runs.settings.silence_s, runs.settings.payment_methods) == (600, "16,ROOM")
    with tills.refuses(LinkTaken, link="TILL"):
        add(tills, port=5012)
    assert [each.action for each in tills.told("link.added")] == ["link.added"]


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"way": "pigeon"}, LinkChoiceInvalid),
        ({"port": 0}, LinkChoiceInvalid),
        ({"port": 70000}, LinkChoiceInvalid),
        ({"decimals": 9}, LinkChoiceInvalid),
        ({"baud": 300}, LinkChoiceInvalid),
        ({"encoding": "utf-16"}, LinkChoiceInvalid),
        ({"silence_s": 1}, LinkChoiceInvalid),
        ({"host": "somewhere"}, LinkAddressInvalid),
        ({"allowed": "10.0.0.0/99"}, LinkAddressInvalid),
        ({"records": "PS QQ"}, RecordsInvalid),
        ({"way": "serial"}, DeviceMissing),
    ],
)
def test_what_no_link_can_be_is_refused(tills: Tills, facts: dict[str, Any], refusal: type[Refusal]) -> None:
    with tills.refuses(refusal):
        add(tills, **facts)


def test_each_port_is_listened_on_by_one_link_that_is_on(tills: Tills) -> None:
    first = add(tills)
    with tills.refuses(PortTaken, link="TILL", port=5010):
        add(tills, "OTHER")
    add(tills, "SERIAL", way="serial", device="/dev/ttyS0")
    tills.do(lambda session: links.amend_link(session, "TILL", first.version, {"active": False}, CLERK))
    add(tills, "OTHER")
    with tills.refuses(PortTaken, link="OTHER"):
        tills.do(lambda session: links.amend_link(session, "TILL", first.version + 1, {"active": True}, CLERK))


def test_a_stale_save_of_a_link_is_refused(tills: Tills) -> None:
    seen = add(tills).version
    tills.do(lambda session: links.amend_link(session, "TILL", seen, {"name": "Bar"}, CLERK))
    for save in (
        lambda session: links.amend_link(session, "TILL", seen, {"name": "Spa"}, CLERK),
        lambda session: links.set_outlets(session, "TILL", seen, {"": "BAR1"}, CLERK),
        lambda session: links.set_payments(session, "TILL", seen, {"ROOM": None}, CLERK),
    ):
        with pytest.raises(ChangedMeanwhile):
            tills.do(save)
    with tills.refuses(LinkUnknown):
        tills.do(lambda session: links.get_link(session, "NONE"))


def test_outlets_and_payment_methods_are_said_in_whole(tills: Tills) -> None:
    version = add(tills).version
    tills.do(lambda session: links.set_outlets(session, "TILL", version, {"": "BAR1", "2": "REST1"}, CLERK))
    methods = {"ROOM": None, "CASH": "CASH", "C2": "CASH", "VISA": "VISA"}
    tills.do(lambda session: links.set_payments(session, "TILL", version + 1, methods, CLERK))
    rows = {row.method: (row.code, row.folio_id) for row in tills.rows(LinkPayment)}
    assert rows["CASH"] == rows["C2"]
    assert rows["VISA"] == ("VISA", None)
    (runs,) = link_hotel(tills.sessions).links()
    assert runs.settings.payment_methods == "ROOM"
    with tills.refuses(TerminalUnknown):
        tills.do(lambda session: links.set_outlets(session, "TILL", version + 2, {"": "NONE"}, CLERK))
    with tills.refuses(MethodInvalid):
        tills.do(lambda session: links.set_payments(session, "TILL", version + 2, {"TOOLONG": None}, CLERK))
    with tills.refuses(CodeWrongKind):
        tills.do(lambda session: links.set_payments(session, "TILL", version + 2, {"X": "BARFOOD"}, CLERK))
    tills.do(lambda session: links.set_outlets(session, "TILL", version + 2, {}, CLERK))
    assert tills.do(lambda session: links.outlets_of(session, 1)) == {}


def test_a_terminal_that_a_link_charges_by_needs_no_key(tills: Tills) -> None:
    def lacking(session: Session) -> list[bool]:
        shown = [outlets_shown.one_outlet(session, code) for code in ("BAR", "REST")]
        return [any("key" in text for text in each.missing) for each in shown]

    assert tills.do(lacking) == [True, True]
    version = add(tills).version
    numbers = {"": "BAR1", "2": "BAR2"}
    tills.do(lambda session: links.set_outlets(session, "TILL", version, numbers, CLERK))
    assert tills.do(lacking) == [False, True]


# --- as they are ---------------------------------------------------------------------------------------------------


def shown(link: Link, phase: str = "alive", **facts: Any) -> LinkState:
    return LinkState(link.id, phase, **facts)


def test_what_was_said_is_kept_for_the_monitor_without_cards_and_only_the_last_of_it(tills: Tills) -> None:
    link, hotel = add(tills), link_hotel(tills.sessions)
    now = clock.now()
    for number in range(8):
        said = tuple(Spoken(now, "in", f"PS|P#{number * 10 + each}|CT4111111111111111|") for each in range(10))
        hotel.shows([shown(link, spoken=said, heard_at=now)])
    known = tills.do(lambda session: link_states.known_link(session, "TILL"))
    assert (known.phase, known.is_up, len(known.state.spoken)) == ("alive", True, link_states.MOST_SPOKEN)
    assert known.state.spoken[-1][2] == "PS|P#79|CT…1111|"
    assert hotel.shows([LinkState(99, "alive")]) is None


def test_a_link_that_was_up_and_is_down_stands_in_the_top_bar(tills: Tills) -> None:
    link, hotel = add(tills), link_hotel(tills.sessions)
    hotel.shows([shown(link, "closed")])
    assert tills.do(link_states.status) is None
    hotel.shows([shown(link, heard_at=clock.now())])
    assert tills.do(link_states.status) is None
    hotel.shows([shown(link, "closed", trouble="gone")])
    assert tills.do(link_states.status) == "Link down: TILL"


def test_a_resync_is_asked_for_once_and_only_of_a_link_that_is_up(tills: Tills) -> None:
    link, hotel = add(tills), link_hotel(tills.sessions)
    with tills.refuses(link_states.LinkNotUp):
        tills.do(lambda session: link_states.ask_resync(session, "TILL", CLERK))
    hotel.shows([shown(link)])
    tills.do(lambda session: link_states.ask_resync(session, "TILL", CLERK))
    assert hotel.resync_asked() == {link.id}
    assert set(hotel.resync_asked()) == set()


# --- the table of support -----------------------------------------------------------------------------------------


def test_the_table_of_support_names_every_record_and_field_and_no_other() -> None:
    assert SUPPORT.keys() <= RECORDS.keys()
    assert [each.id for each in support.records()] == list(RECORDS)
    assert [each.code for each in support.fields()] == list(FIELDS)
    named = {code for each in SUPPORT.values() for code in (*each.fields, *each.sent)}
    assert named <= FIELDS.keys()
    assert {each.id for each in support.records() if not each.is_used} == {"LO", "LF", "LP", "KD", "KM", "KZ", "VA"}
