"""Small ways of the hand: lists reached by a number, a known guest, a reload with lines ticked, panels closed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from frontoffice.models.guests import Guest
from tests.browser.hotel_of_stories import only_stay, vouchers, with_shift
from tests.browser.person import Person
from tests.frontoffice.house import House

Sits = Callable[..., Person]


def test_the_lists_of_the_front_desk_are_reached_by_their_numbers(at_desk: Sits, house: House) -> None:
    due_in = house.book(1, 2, "101")
    in_house, due_out = house.arrive(3, "102"), house.arrive(1, "103")
    house.end_day()
    person = at_desk("cashier")
    for key, room, stay in (("1", "101", due_in), ("2", "103", due_out), ("3", "102", in_house)):
        person.opens("/")
        person.presses(key, "Tab")
        person.stands_on(room, most=1)
        person.sends()
        assert person.path() == f"/stays/{stay}"


def test_a_known_guest_who_walks_in_is_chosen_and_not_entered_twice(at_desk: Sits, house: House) -> None:
    person = at_desk("cashier")
    person.opens("/walk-in")
    person.types("Gues")
    expect(person.page.locator("#picks")).to_contain_text("Guest, Mr.")
    person.presses("Tab", "Space")
    assert "Guest, Mr." in person.focused()
    person.fills(nights="1", room_id="104", payment_method="card")
    person.sends()
    person.is_told("Guest, Mr. is checked in.")
    assert (only_stay(house).guest_id, len(house.rows(Guest))) == (house.guest, 1)


def test_who_types_past_a_known_name_is_asked_whether_it_is_the_same(at_desk: Sits, house: House) -> None:
    person = at_desk("cashier")
    person.opens("/walk-in")
    person.page.route("**/guests/pick**", lambda route: route.fulfill(status=204))
    person.types("Guest")
    person.fills(first_names="Mr.", nights="1", room_id="104", payment_method="card")
    person.page.unroute("**/guests/pick**")
    person.sends()
    person.sees("Guest, Mr.", "a new guest")
    assert len(house.rows(Guest)) == 1
    person.comes_to("guest_id")
    person.presses("Space")
    person.sends()
    person.is_told("Guest, Mr. is checked in.")
    assert (only_stay(house).guest_id, len(house.rows(Guest))) == (house.guest, 1)


def test_ticked_lines_stay_ticked_through_a_reload_of_their_panel(at_desk: Sits, house: House) -> None:
    stay, other = house.arrive(room="101"), house.arrive(room="102")
    for amount in ("10.00", "20.00", "40.00"):
        house.charge(stay, amount)
    person = at_desk("cashier")
    person.opens(f"/folios/{house.window(stay)}")
    person.ticks("10.00")
    person.ticks("20.00")
    person.opens_panel("t", "Transfer")
    person.fills(room="102", reason="they dine together")
    person.page.reload()
    person.sees("Lines: 2, in all 30.00")
    expect(person.page.locator("#reason")).to_have_value("they dine together")
    person.comes_to("reason")
    person.sends()
    person.is_told("30.00 EUR was moved")
    assert (house.balance(house.window(stay)), house.balance(house.window(other))) == ("40.00", "30.00")


@pytest.mark.parametrize("key", ["p", "y", "l", "w"])
def test_a_panel_that_is_closed_leaves_the_keys_where_they_were(at_desk: Sits, house: House, key: str) -> None:
    with_shift(house)
    stay = house.arrive()
    house.charge(stay, "10.00")
    person = at_desk("cashier")
    person.opens(f"/folios/{house.window(stay)}")
    person.presses(key)
    expect(person.page.locator("#panel :focus")).to_have_count(1)
    person.presses("Escape")
    expect(person.page.locator("#panel")).to_be_hidden()
    person.opens_panel("y", "Take a payment")
    person.fills(code="Visa")
    person.sends()
    person.is_told("10.00 EUR was paid.")
    assert len(vouchers(house, "payment")) == 1


def test_a_grey_button_pressed_by_its_key_says_why(at_desk: Sits, house: House) -> None:
    stay = house.arrive()
    house.charge(stay, "10.00")
    person = at_desk("cashier")
    person.opens(f"/folios/{house.window(stay)}")
    person.presses("x")
    person.is_told("still has a balance of 10.00")
    person.opens(f"/stays/{stay}/check-out")
    person.presses("o")
    person.is_told("still owes 10.00")


def test_without_a_shift_a_payment_says_so_and_leads_there_and_back(at_desk: Sits, house: House) -> None:
    stay = house.arrive()
    house.charge(stay, "10.00")
    person = at_desk("cashier")
    person.opens("/")
    person.goes_to("101")
    person.key("f")
    person.opens_panel("y", "Take a payment")
    person.sees("You have no open shift: money needs a drawer to go through.")
    person.fills(code="Cash")
    person.sends()
    assert vouchers(house, "payment") == []
    person.tabs_to("Open a shift")
    person.sends()
    person.fills(float_amount="50.00")
    person.sends()
    person.is_told("is open")
    person.goes_to("101")
    person.key("f")
    person.opens_panel("y", "Take a payment")
    person.fills(code="Cash")
    person.sends()
    person.is_told("10.00 EUR was paid. The balance is 0.00 EUR.")


def test_what_is_typed_before_a_panel_is_there_starts_no_other_deed(at_desk: Sits, house: House) -> None:
    stay = house.arrive()
    house.charge(stay, "10.00")
    person = at_desk("cashier")
    person.opens(f"/folios/{house.window(stay)}")
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url.partition("?")[0].rpartition("/")[2]))
    person.opens_panel_typing_on("y", "Take a payment", "catsx")
    assert [each for each in asked if "." not in each] == ["pay"]
    assert person.focused() == "Paid with"


def test_a_deed_whose_key_follows_at_once_on_escape_is_not_lost(at_desk: Sits, house: House) -> None:
    stay = house.arrive()
    house.charge(stay, "10.00")
    person = at_desk("cashier")
    person.opens(f"/folios/{house.window(stay)}")
    person.opens_panel("y", "Take a payment")
    person.presses("Escape", "l")
    person.waits_in_panel("House limit")
