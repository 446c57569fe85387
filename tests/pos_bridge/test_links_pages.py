"""The pages of links, wake-up calls and messages, as the people who use them go through them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from folios import clock
from pos_bridge import link_states, links, wake_ups
from pos_bridge.fias_links.seam import LinkState, Spoken
from pos_bridge.models.links import KeyRequest, Link, WakeUp
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House
from tests.pos_bridge.outlet_places import add_link, add_outlet

Desk = Callable[[str], Client]
NEW = {
    "protocol": "fias",
    "way": "tcp",
    "host": "127.0.0.1",
    "port": "5010",
    "baud": "9600",
    "data_bits": "8",
    "parity": "N",
    "encoding": "cp850",
    "decimals": "2",
    "check_bytes": "y",
}


def test_a_link_is_set_up_with_its_outlets_and_payment_methods(desk: Desk, house: House) -> None:
    house.do(add_outlet, "BAR")
    manager = desk("manager")
    assert "There is no link yet." in manager.page("/set-up/links")
    done = manager.done("/set-up/links/new", code="TILL", name="Till of the bar", **NEW)
    assert "Say now for which outlets it charges." in done
    assert "It charges for no outlet yet" in done
    assert "outlets of TILL were saved" in manager.done("/set-up/links/TILL/outlets", name_0="", to_0="BAR-T")
    page = manager.done("/set-up/links/TILL/payments", name_0="ROOM", to_0="-", name_1="AMEX", to_1="VISA")
    assert "charged to the room" in page
    assert "VISA" in page
    (row,) = house.rows(Link)
    assert (row.encoding, row.check_bytes, row.negative) == ("cp850", True, False)
    assert "Link TILL is off." in manager.done("/set-up/links/TILL/off")
    assert "Link TILL is on." in manager.done("/set-up/links/TILL/on")
    page = manager.done("/set-up/links/TILL/edit", **NEW | {"name": "Bar", "records": "PS PR", "negative": "y"})
    assert "PR PS" in page
    assert "take back what was charged" in page


def test_what_cannot_be_is_told_beside_its_field_and_kept(desk: Desk, house: House) -> None:
    manager = desk("manager")
    page = manager.refused("/set-up/links/new", code="TILL", name="Till", **NEW | {"host": "over there"})
    assert "is no address of this machine" in page.partition('id="host-more"')[2].partition("</div>")[0]
    assert 'value="over there"' in page
    page = manager.refused("/set-up/links/new", code="TILL", name="Till", **NEW | {"way": "serial"})
    assert "A serial line needs its device" in page.partition('id="device-more"')[2].partition("</div>")[0]
    house.do(add_link, "LNK")
    page = manager.refused("/set-up/links/LNK/outlets", name_0="1", to_0="LNK-O-T", name_1="1", to_1="LNK-O-T")
    assert "1 stands here twice." in page
    page = manager.refused("/set-up/links/LNK/payments", name_0="A-B", to_0="-")
    assert "A payment method has at most five letters" in page


def test_the_monitor_tells_the_state_and_the_last_records_in_words(desk: Desk, house: House) -> None:
    house.do(add_link, "LNK")
    supervisor = desk("supervisor")
    assert "LNK" in supervisor.page("/outlets")
    page = supervisor.page("/links/LNK")
    assert "Posting to a room: room 101, amount 1.00, posting number 1" in page
    assert "Answer to a posting: room 101, answer OK (done), posting number 1" in page
    assert "PS|RN101|TA100|P#1|" in page
    assert "The resync of LNK begins." in supervisor.done("/links/LNK/resync")
    shown = LinkState(
        house.rows(Link)[0].id, "closed", trouble="port taken", spoken=(Spoken(clock.now(), "in", "<b>|"),)
    )
    house.do(link_states.keep, [shown])
    page = supervisor.page("/links/LNK")
    assert "There is no line: port taken" in page
    assert "&lt;b&gt;|" in page
    assert "The link is not connected." in page
    assert "is not connected" in supervisor.refused("/links/LNK/resync")
    assert desk("cashier").get("/links/LNK").status_code == 403


def test_a_wake_up_call_is_set_taken_back_and_seen_to(desk: Desk, house: House) -> None:
    house.arrive(room="101")
    cashier = desk("cashier")
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    assert "Nobody wants to be called." in cashier.page("/wake-ups")
    assert "Room 101 will be called at 7:30." in cashier.done("/wake-ups/new", room="101", day=tomorrow, at="7:30")
    (call,) = house.rows(WakeUp)
    for wrong, told in (
        ({"room": "102"}, "Nobody is in room 102."),
        ({"room": "999"}, "There is no room 999."),
        ({"at": "25:00"}, "is no time of the day"),
        ({"day": "2020-01-01"}, "is over"),
    ):
        page = cashier.refused("/wake-ups/new", **{"room": "101", "day": tomorrow, "at": "07:30"} | wrong)
        assert told in page
    assert "was taken back" in cashier.done(f"/wake-ups/{call.id}/clear")
    assert "is over" in cashier.refused(f"/wake-ups/{call.id}/clear")
    late = house.do(lambda session: wake_ups.set_wake_up(session, "101", clock.now() + timedelta(hours=1), CLERK).id)

    def be_late(session) -> None:  # type: ignore[no-untyped-def]
        session.get(WakeUp, late).next_at = clock.now() - timedelta(hours=1)

    house.do(be_late)
    assert "wake up 101" in cashier.page("/")
    assert "no exchange says that it did" in cashier.page("/wake-ups")
    assert "Noted: somebody has been there." in cashier.done(f"/wake-ups/{late}/seen")
    assert "wake up 101" not in cashier.page("/")


def test_a_message_is_left_and_taken_away(desk: Desk, house: House) -> None:
    house.arrive(room="101")
    cashier = desk("cashier")
    assert "was left" in cashier.done("/guest-messages/new", room="101", text="Call <home>")
    page = cashier.page("/wake-ups")
    assert "Call &lt;home&gt;" in page
    assert "message light" in page
    assert "was taken away" in cashier.done("/guest-messages/1/delete")
    assert cashier.get("/guest-messages/1/delete").status_code == 404
    assert "message light" not in cashier.page("/wake-ups")


def test_a_key_is_asked_for_at_the_desk(desk: Desk, house: House) -> None:
    house.arrive(room="101")
    house.do(add_link, "LOCKS")
    cashier = desk("cashier")
    done = cashier.done("/links/LOCKS/keys/new", room="101", coder="2", kind="D", keys="2")
    assert "A key for room 101 was asked for." in done
    (key,) = house.rows(KeyRequest)
    assert (key.coder, key.kind, key.keys, key.state) == ("2", "D", 2, "asked")
    page = cashier.refused("/links/LOCKS/keys/new", room="101", coder="2", kind="D", keys="20")
    assert "at most nine at a time" in page


def test_the_help_tells_what_is_supported_from_the_tables(desk: Desk) -> None:
    cashier = desk("cashier")
    assert "/help/links" in cashier.page("/help")
    page = cashier.page("/help/links")
    assert "charged: the amount, articles at our price, or a call by tariff" in page
    assert "known by name, and ignored" in page
    assert "S1-S9" in page


@pytest.mark.parametrize("address", ["/set-up/links/NONE", "/links/NONE", "/links/NONE/resync", "/wake-ups/99/clear"])
def test_what_is_not_there_is_told_to_be_unknown(desk: Desk, address: str) -> None:
    assert desk("manager").get(address).status_code == 404


def test_links_are_listed_by_who_may_set_them_up_alone(desk: Desk, house: House) -> None:
    house.do(add_link, "LNK")
    assert "LNK" in desk("manager").page("/set-up/links")
    assert desk("cashier").get("/set-up/links").status_code == 403
    assert house.do(links.all_links)[0].code == "LNK"
