"""The first page of the desk, the room rack and the calendar, as pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from folios.drafts import Origin
from frontoffice.calendar import OutageSpan, Span
from frontoffice.deposits import take_deposit
from frontoffice.discrepancies import KIND_BY_FOUND
from frontoffice.models.rooms import CONDITIONS, OCCUPANCIES, OUTAGES
from frontoffice.views import calendar as calendar_pages
from frontoffice.views import front_desk as desk_pages
from frontoffice.views import rooms as room_pages
from frontoffice.views.calendar import cells
from frontoffice.views.rooms import WORDS
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House, day, euro

Desk = Callable[[str], Client]


def section(page: str, name: str) -> str:
    """The part of the page under a heading."""
    return page.split(f'id="{name}"', 1)[1].split("</section>", 1)[0]


# --- the three lists ------------------------------------------------------------------------------------------


def test_the_three_lists_say_who_comes_who_leaves_and_what_is_next(desk: Desk, house: House) -> None:
    house.arrive(departure=1, room="101")
    house.arrive(departure=3, room="102")
    house.end_day()
    house.book(1, 3, "103")
    house.book(1, 3)

    page = desk("cashier").page("/")

    arrivals, departures, in_house = (section(page, name) for name in ("arrivals", "departures", "in-house"))
    assert arrivals.count("<tr>") - 1 == 2
    assert "/stays/3/check-in" in arrivals
    assert "/reservations/4/room" in arrivals
    assert "no room" in arrivals
    assert departures.count("/check-out") == 1
    assert "window 1 still owes 100.00" in departures
    assert in_house.count("/stays/") == 2


def test_a_room_that_is_not_ready_is_said_with_the_reason(desk: Desk, house: House) -> None:
    house.book(0, 2, "101")
    house.do(_dirty, house.rooms["101"])
    arrivals = section(desk("cashier").page("/"), "arrivals")
    assert "not ready" in arrivals
    assert "Room 101 is dirty." in arrivals


def _dirty(session, room_id):
    from frontoffice.rooms import set_condition

    set_condition(session, [room_id], "dirty", CLERK)


def test_an_empty_house_says_how_to_begin(desk: Desk) -> None:
    page = desk("cashier").page("/")
    assert "Nobody is expected any more today." in page
    assert "Nobody has to leave any more today." in page
    assert "Nobody is in house." in page


def test_the_first_page_of_a_full_house_counts_all_and_leads_to_the_rest(
    desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_pages, "MOST", 1)
    house.arrive(room="101")
    house.arrive(room="102")
    client = desk("cashier")
    part = section(client.page("/"), "in-house")
    assert '<span class="quiet">2</span>' in part
    assert "/stays/1" in part
    assert "/stays/2" not in part
    assert "/front-desk/in_house?" in part
    assert "/stays/2" in client.page("/front-desk/in_house?first=1")


def test_the_lists_can_be_narrowed_and_hostile_text_finds_nobody(desk: Desk, house: House) -> None:
    house.arrive(room="101")
    client = desk("cashier")
    assert "/stays/1" in section(client.page("/?find=101"), "in-house")
    assert "/stays/1" in section(client.page("/?find=%00"), "in-house")  # nothing that could be looked for
    for text in ("%25", "_", "'; DROP TABLE stay; --", "x" * 10_000):
        assert "/stays/1" not in section(client.page(f"/?find={text}"), "in-house")


@pytest.mark.parametrize("name", ["arrivals", "in_house", "departures"])
def test_each_list_can_be_read_page_by_page(desk: Desk, house: House, name: str) -> None:
    house.arrive(departure=0, room="101")
    house.book(0, 1, "102")
    client = desk("cashier")
    assert "/stays/" in client.page(f"/front-desk/{name}")
    for first in ("-5", "99999999999999999999", "x"):
        assert client.get(f"/front-desk/{name}?first={first}").status_code == 200
    assert client.get("/front-desk/everybody").status_code == 404


# --- the rack --------------------------------------------------------------------------------------------------


def test_the_rack_shows_every_room_with_its_state_in_words(desk: Desk, house: House) -> None:
    house.arrive(room="101")
    page = desk("cashier").page("/rooms")
    for words in ("occupied, clean", "vacant, clean", "Vacant and ready <strong>4</strong>", "Guest, Mr."):
        assert words in page
    assert "Floor 2" in page


def test_the_housekeeper_reports_several_rooms_at_once(desk: Desk, house: House) -> None:
    client = desk("cashier")
    chosen = [str(house.rooms["101"]), str(house.rooms["102"])]
    page = client.done("/rooms/condition", on="/rooms", room=chosen, condition="dirty")
    assert "2 rooms are dirty now." in page
    assert (house.room("101"), house.room("103")) == (("vacant", "dirty"), ("vacant", "clean"))


def test_what_was_found_of_several_rooms_is_told_and_where_it_differs_the_rack_says_so(
    desk: Desk, house: House
) -> None:
    stay = house.arrive(room="101")
    client = desk("cashier")
    assert "discrepancies" not in client.page("/rooms")
    chosen = [str(house.rooms[number]) for number in ("101", "102")]
    page = client.done("/rooms/condition", on="/rooms", room=chosen, condition="vacant")
    assert "2 rooms were found vacant." in page
    assert page.count("found vacant</div>") == 1
    assert page.count("found vacant: <strong>skip</strong>") == 1
    assert "discrepancies <strong>1</strong>" in page
    only = client.page("/rooms?differing=1")
    assert f"/stays/{stay}" in only
    assert f'id="room-{house.rooms["102"]}"' not in only
    assert (house.room("101"), house.room("102")) == (("occupied", "clean"), ("vacant", "clean"))
    page = client.done("/rooms/condition?differing=1", on="/rooms?differing=1", room=chosen[0], condition="occupied")
    assert "1 rooms were found occupied." in page
    assert "Housekeeping found every room as the desk has it" in page
    assert "found vacant" not in client.page(f"/rooms?day={day(1)}")


def test_a_report_of_what_was_found_that_is_sent_twice_is_told_once(desk: Desk, house: House) -> None:
    client = desk("cashier")
    sent = {"room": str(house.rooms["101"]), "condition": "occupied", "key": "a" * 32}
    for _ in range(2):
        assert "1 rooms were found occupied." in client.done("/rooms/condition", on="/rooms", **sent)
    assert len(house.told("room.found")) == 1


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"condition": "clean"}, "Tick at least one room."),
        ({"condition": "vacant"}, "Tick at least one room."),
        ({"room": "999999", "condition": "occupied"}, "There is no room 999999."),
        ({"room": "1", "condition": "shiny"}, "shiny is not a condition of a room."),
        ({"room": "999999", "condition": "clean"}, "There is no room 999999."),
        ({"room": "abc", "condition": "clean"}, "Tick at least one room."),
    ],
)
def test_a_wrong_report_is_refused_in_words(desk: Desk, house: House, sent: dict[str, str], says: str) -> None:
    assert says in desk("cashier").refused("/rooms/condition", on="/rooms", **sent)
    assert house.told("room.condition.set") == house.told("room.found") == []


@pytest.mark.parametrize("asked", ["", "0", "%00", "x" * 5_000, "1&floor=%27", "1&first=99999999999999999999"])
def test_the_rack_of_discrepancies_stands_whatever_is_asked_of_it(desk: Desk, asked: str) -> None:
    assert desk("cashier").get(f"/rooms?differing={asked}").status_code == 200


def test_a_room_is_taken_out_and_put_back(desk: Desk, house: House) -> None:
    client = desk("cashier")
    room = house.rooms["104"]
    out = f"/rooms/{room}/out"
    refused = client.refused(out, to_date="2026-02-30", reason="a burst pipe")
    assert "There is no such day." in refused
    assert "a burst pipe" in refused
    assert "The period must end after it begins" in client.refused(out, to_date=str(day(0)), reason="a burst pipe")
    page = client.done(out, to_date=str(day(2)), reason="a burst pipe")
    assert "out of order" in page
    assert "a burst pipe" in page
    assert "Room 104 is out already" in client.refused(out, to_date=str(day(2)), reason="again")
    assert "a burst pipe" not in client.done("/rooms/outages/1/back")
    assert client.get("/rooms/outages/1/back").status_code == 404


def test_every_state_of_a_room_has_its_words() -> None:
    assert set(WORDS) == {*CONDITIONS, *OCCUPANCIES, *OUTAGES, *KIND_BY_FOUND.values()}


def test_only_who_may_change_the_status_of_rooms_sees_the_boxes(app, house: House) -> None:
    from frontoffice import users
    from frontoffice.models.users import Role, RoleRight
    from frontoffice.users import NewUser

    def add_reader(session):
        session.add(Role(code="reader", name="Reader"))
        session.flush()
        session.add(RoleRight(role_code="reader", right="stay.read"))
        users.add_user(session, NewUser("reader", "Reader", roles=["reader"]), CLERK)

    house.do(add_reader)
    page = Client(app).sign_in_as("reader").page("/rooms")
    assert 'name="condition"' not in page
    assert "take out" not in page


def test_a_large_house_is_leafed_through_and_the_counts_are_those_of_all_rooms(
    desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_pages, "ROOMS_SHOWN", 2)
    house.arrive(room="101")
    client = desk("cashier")
    numbers = [number for number, _ in sorted(house.rooms.items())]
    first = client.page("/rooms")
    assert f"1 to 2 of {len(numbers)}" in first
    assert "occupied</strong>" not in first
    assert "Vacant and ready <strong>4</strong>" in first
    last = client.page("/rooms?first=4")
    assert "Vacant and ready <strong>4</strong>" in last
    assert f"<strong>{numbers[-1]}</strong>" in last
    assert f"<strong>{numbers[-1]}</strong>" not in first
    assert f"<strong>{numbers[-1]}</strong>" in client.page(f"/rooms?find={numbers[-1]}")
    assert f"<strong>{numbers[-1]}</strong>" in client.page(f"/rooms?id={house.rooms[numbers[-1]]}")
    assert "There is no room 999 here." in client.page("/rooms?find=999")
    assert "Floor 1" not in client.page("/rooms?floor=2")
    for rubbish in ("first=x", "first=-9", "first=99999999999999999999", "floor=%00", "id=x", "find=%00", "room=x"):
        assert client.get(f"/rooms?{rubbish}").status_code == 200, rubbish


def test_rooms_ticked_on_another_page_of_the_rack_are_reported_with_those_of_this_one(
    desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_pages, "ROOMS_SHOWN", 2)
    client = desk("cashier")
    far = f"/rooms?first=2&room={house.rooms['101']}"
    page = client.page(far)
    assert "Also ticked, on other pages: 101" in page
    chosen = [str(house.rooms["101"]), str(house.rooms["103"])]
    done = client.done("/rooms/condition", on=far, room=chosen, condition="dirty")
    assert "2 rooms are dirty now." in done
    assert (house.room("101"), house.room("103")) == (("vacant", "dirty"), ("vacant", "dirty"))


# --- the calendar ------------------------------------------------------------------------------------------------


def test_the_calendar_shows_stays_as_bars_and_what_is_free(desk: Desk, house: House) -> None:
    house.arrive(departure=3, room="101")
    house.book(1, 2)
    page = desk("cashier").page(f"/calendar?from={day(0)}&days=7")
    assert 'colspan="3"><a class="in_house"' in page
    assert "no room yet" in page
    assert page.count('scope="col"') == 8


def test_a_calendar_of_many_rooms_is_leafed_through_and_every_type_says_what_is_free(
    desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_pages, "ROOMS_SHOWN", 2)
    monkeypatch.setattr(calendar_pages, "WITHOUT_ROOM_SHOWN", 1)
    house.arrive(departure=3, room="103")
    for _ in range(3):
        house.book(1, 2)
    client = desk("cashier")
    first = client.page("/calendar")
    assert first.count("rooms free to sell") == client.page("/calendar?first=2").count("rooms free to sell") == 2
    assert "no room yet" in first
    assert "2 more stays without a room" in first
    assert "more stays without" not in client.page("/calendar?without=all")
    assert '<th scope="row">103</th>' not in first
    assert 'class="in_house"' not in first
    second = client.page("/calendar?first=2")
    assert '<th scope="row">103</th>' in second
    assert 'class="in_house"' in second
    assert "no room yet" not in second
    assert '<th scope="row">103</th>' in client.page("/calendar?find=103")


@pytest.mark.parametrize("query", ["from=2026-02-30", "from=9999-12-31", "from=0001-01-01", "days=-1", "days=x&type=x"])
def test_a_calendar_of_no_day_at_all_is_still_a_calendar(desk: Desk, query: str) -> None:
    assert "Calendar" in desk("cashier").page(f"/calendar?{query}")


def span(start: int, days: int, name: str = "a") -> Span:
    ends = (day(start), day(start + days))
    return Span(1, name, "confirmed", "paying", *ends, start, days, False, False, False, False, False)


def test_each_row_of_the_calendar_fills_its_days_exactly() -> None:
    outage = OutageSpan(1, "out_of_order", "pipe", 3, 2, False, False)
    row = cells([span(1, 2), span(5, 2)], [outage], 7)
    assert [(cell.start, cell.days) for cell in row] == [(0, 1), (1, 2), (3, 2), (5, 2)]
    overlapping = cells([span(0, 3), span(2, 3)], [outage], 7)
    assert sum(cell.days for cell in overlapping) == 7
    assert [cell.days for cell in cells([], [], 3)] == [1, 1, 1]


def test_an_arrival_whose_deposit_has_not_come_is_marked_until_it_has(desk: Desk, house: House) -> None:
    stay = house.book(0, 2, "101", deposit_asked_minor=8000, deposit_due_on=day(0))
    client = desk("cashier")
    assert "deposit missing: 80.00" in client.page("/")
    house.do(take_deposit, stay, code="VISA", amount=euro("30.00"), origin=Origin(CLERK))
    assert "deposit missing: 50.00" in client.page("/")
    assert "50.00 not there yet" in client.page(f"/stays/{stay}")
    house.do(take_deposit, stay, code="VISA", amount=euro("50.00"), origin=Origin(CLERK))
    assert "deposit missing" not in client.page("/")
    assert "not there yet" not in client.page(f"/stays/{stay}")
