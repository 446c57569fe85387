"""What stands in suspense: listed with what was asked, placed once, taken back by the ledger's own verbs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from folios.db import reading
from folios.errors import HouseLimitExceeded, NothingLeft, VoucherUnknown
from frontoffice.folio_deeds import RoomVacant, TargetMissing, correct_lines
from pos_bridge import monitor, suspense
from pos_bridge.models.messages import PosRequest
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House, at_once
from tests.pos_bridge.outlet_places import add_outlet, send_nowhere

Desk = Callable[[str], Client]


@pytest.fixture
def voucher(house: House) -> int:
    """The voucher of a charge of 4.50 of outlet OUT that stands in suspense."""
    house.do(add_outlet, "OUT")
    return house.do(send_nowhere, "OUT")


def found(house: House) -> list[suspense.Suspended]:
    with reading(house.sessions) as session:
        return suspense.suspended(session)


def status(house: House) -> str | None:
    with reading(house.sessions) as session:
        return suspense.status(session)


def put(house: House, voucher: int, **facts: Any) -> int:
    given = {"room": "101", "key": "form"}
    return house.do(suspense.place, voucher, CLERK, **given | facts)[1]


def test_a_charge_in_suspense_says_what_was_asked_and_why_it_is_there(house: House, voucher: int) -> None:
    house.end_day()
    (one,) = found(house)
    assert (one.voucher_id, one.left_minor, one.days, one.folio) == (voucher, 450, 1, "SUSPENSE")
    assert (one.outlet, one.terminal, one.check_number, one.place) == ("OUT", "OUT-T", "12", "NOWHERE")
    assert one.why is not None
    assert "NOWHERE" in one.why
    assert status(house) == "1 in suspense"


def test_a_charge_is_placed_on_the_guest_in_the_room_with_its_taxes(house: House, voucher: int) -> None:
    stay = house.arrive(room="101")
    assert put(house, voucher) == house.window(stay)
    assert house.balance(house.window(stay)) == "4.50"
    assert found(house) == []
    assert status(house) is None
    with house.refuses(suspense.NotInSuspense):
        put(house, voucher, key="another")


def test_of_two_who_place_the_same_charge_at_once_one_is_refused(house: House, voucher: int) -> None:
    folios = [house.window(house.arrive(room=room)) for room in ("101", "102")]
    answers = at_once([lambda room=room: put(house, voucher, room=room, key=room) for room in ("101", "102")])
    refused = [each for each in answers if isinstance(each, Exception)]
    assert len(refused) == 1
    assert isinstance(refused[0], NothingLeft | suspense.NotInSuspense)
    assert sorted(house.balance(folio) for folio in folios) == ["0.00", "4.50"]


def test_where_it_goes_has_to_be_said_and_has_to_be_there(house: House, voucher: int) -> None:
    with house.refuses(RoomVacant):
        put(house, voucher)
    with house.refuses(TargetMissing):
        put(house, voucher, room=None)
    with house.refuses(VoucherUnknown):
        put(house, 10**12)


def test_a_house_limit_counts_when_a_charge_is_placed(house: House, voucher: int) -> None:
    stay = house.arrive(room="101")
    house.charge(stay, "498.00")
    with house.refuses(HouseLimitExceeded):
        put(house, voucher)
    put(house, voucher, over_limit_by="boss")


def test_what_is_taken_back_stands_in_suspense_no_more(house: House, voucher: int) -> None:
    (one,) = found(house)
    house.do(correct_lines, one.folio_id, list(one.lines), "never eaten", CLERK, key="undo")
    assert found(house) == []


def test_the_desk_places_it_from_the_page_and_once(house: House, voucher: int, desk: Desk) -> None:
    stay = house.arrive(room="101")
    client = desk("cashier")
    assert "NOWHERE" in client.page("/suspense")
    assert "1 in suspense" in client.page("/")
    page = client.refused(f"/suspense/{voucher}/place", room="102")
    assert "Nobody is in room 102" in page
    client.done(f"/suspense/{voucher}/place", room="101")
    assert house.balance(house.window(stay)) == "4.50"
    assert "Nothing is in suspense" in client.page("/suspense")


# --- the monitor ------------------------------------------------------------------------------------------------


def test_the_monitor_says_in_words_what_terminals_sent(house: House, voucher: int, desk: Desk) -> None:
    client = desk("supervisor")
    page = client.page("/outlets")
    assert f"OUT-T charged 4.50 EUR for NOWHERE, into suspense, check 12, voucher {voucher}" in page
    (row,) = house.rows(PosRequest)
    assert "into suspense" in client.page(f"/outlets/messages/{row.id}")
    assert "into suspense" not in client.page("/outlets?outcome=refused")
    assert client.get("/outlets/messages/99999999").status_code == 404


def test_a_terminal_has_its_day_in_figures(house: House, voucher: int) -> None:
    with reading(house.sessions) as session:
        (day,) = monitor.terminals_on(session, house.rows(PosRequest)[0].business_date)
    assert (day.code, day.charges, day.suspense, day.refused, day.voids, day.total_minor) == ("OUT-T", 0, 1, 0, 0, 450)


def test_messages_are_paged_by_number_and_filtered(house: House, voucher: int) -> None:
    for number in range(4):
        house.do(send_nowhere, "OUT", f"more {number}")
    with reading(house.sessions) as session:
        first = monitor.messages(session, monitor.Wanted(), most=3)
        rest = monitor.messages(session, monitor.Wanted(before_id=first.before_id), most=3)
        none = monitor.messages(session, monitor.Wanted(terminal="OTHER"))
    keys = [row.key for row in (*first.rows, *rest.rows)]
    assert keys == ["more 3", "more 2", "more 1", "more 0", "k"]
    assert (rest.before_id, list(none.rows)) == (None, [])


def test_the_log_is_lines_of_json_without_card_numbers_and_keys(house: House, voucher: int, desk: Desk) -> None:
    def spoil(session: Any) -> None:
        row = session.query(PosRequest).one()
        row.body = {"note": "card 4111 1111 1111 1111", "pan": 4111111111111111, "key": "fo_" + "x" * 43}

    house.do(spoil)
    day = house.rows(PosRequest)[0].received_at.date()
    client = desk("supervisor")
    answer = client.get(f"/outlets/log?from={day}&to={day}")
    (line,) = answer.text.splitlines()
    told = json.loads(line)
    assert told["body"] == {"note": "card …1111", "pan": "…1111", "key": "fo_…"}
    assert "content_hash" not in told
    assert "4111" not in client.page(f"/outlets/messages/{told['id']}")


@pytest.mark.parametrize(
    "query", ["", "?from=2026-03-01", "?from=2026-03-02&to=2026-03-01", "?from=2026-03-01&to=2026-04-05"]
)
def test_a_log_of_no_time_or_too_long_a_time_is_refused(desk: Desk, query: str) -> None:
    answer = desk("supervisor").get(f"/outlets/log{query}")
    assert answer.status_code == 422
    assert "31 days" in answer.text


# --- set-up on the pages ------------------------------------------------------------------------------------------


def test_a_key_is_in_one_answer_and_in_no_page_row_or_cookie(house: House, voucher: int, desk: Desk) -> None:
    client = desk("administrator")
    fields = client.form("/set-up/terminals/OUT-T/keys/new") | {"networks": "10.0.0.0/8\n192.168.1.0/24"}
    answer = client.send("/set-up/terminals/OUT-T/keys/new", fields)
    key = answer.text.split('id="given-key"')[1].split('value="')[1].split('"')[0]
    assert key.startswith("fo_")
    assert key not in str(answer.headers)
    again = client.send("/set-up/terminals/OUT-T/keys/new", fields)
    assert "is not shown again" in again.text
    shown = client.page("/set-up/terminals/OUT-T")
    assert key not in again.text + shown
    assert f"{key[:8]}…" in shown
    assert "10.0.0.0/8 192.168.1.0/24" in shown


def test_the_codes_of_lines_are_typed_into_one_table(house: House, voucher: int, desk: Desk) -> None:
    client = desk("manager")
    address = "/set-up/outlets/OUT/codes"
    half = client.refused(address, kind_1="item", number_1="", code_1="OUT.I")
    assert "Row 2 says only a part of it" in half
    twice = client.refused(address, kind_1="item", number_1="0", code_1="OUT.I")
    assert "stands here twice" in twice
    client.done(address, kind_1="item", number_1="7", code_1="OUT.I")
    page = client.page("/set-up/outlets/OUT")
    assert "OUT.I · Items" in page
    client.done("/set-up/outlets/OUT/edit", name="Pub", suspense_folio_id="")
    assert "Pub" in client.page("/set-up/outlets")


def test_the_set_up_says_what_outlets_lack(house: House, desk: Desk) -> None:
    client = desk("manager")
    assert "No outlet yet" in client.page("/set-up")
    client.done("/set-up/outlets/new", code="BAR", name="Bar", treatment="inside", suspense_folio_id="new")
    assert "neither codes nor articles" in client.page("/set-up")
    assert "set the codes of its lines" in client.page("/set-up/outlets")
    client.done("/set-up/outlets/BAR/terminals/new", code="BAR1", name="Till")
    assert "It has no key" in client.page("/set-up/terminals/BAR1")
