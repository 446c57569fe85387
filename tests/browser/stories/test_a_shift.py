"""A cashier's shift: a drawer that is 5.00 short at the blind count, and a whole shift from sign-in to sign-out."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from frontoffice.models.cashiering import Shift
from tests.browser.hotel_of_stories import booked_on, figure, only_stay, shift, vouchers, with_shift
from tests.browser.person import Person
from tests.frontoffice.house import House

Sits = Callable[..., Person]


def test_five_are_missing_at_the_blind_count_and_nothing_told_it_before(at_desk: Sits, house: House) -> None:
    number = with_shift(house)
    stay = house.arrive(1, payment_method="cash")
    house.charge(stay, "37.40")
    person = at_desk("cashier")
    person.opens("/")
    person.goes_to("101")
    person.key("f")
    person.opens_panel("y", "Take a payment")
    person.fills(code="Cash")
    person.sends()
    person.is_told("37.40 EUR was paid.")

    # 137.40 should be there. No page of the shift says so, whichever way the cashier looks.
    person.key("g", "s")
    person.does_not_see("137.40")
    person.follows(str(number), "open")
    person.sees("What the drawer should hold is told when it has been counted.")
    person.does_not_see("137.40")
    person.opens(f"/shifts/{number}/report")
    person.does_not_see("137.40")
    person.opens("/")
    person.goes_to("DRAWER")
    person.does_not_see("137.40")
    person.opens(f"/folios/{shift(house, number).drawer_folio_id}")
    person.does_not_see("137.40")

    # Counted downwards, the sum told on the way: 132.40.
    person.key("g", "s")
    person.key("c")
    person.does_not_see("137.40")
    person.comes_to("pieces_10000")
    for pieces in ("1", "", "1", "1", "", "1", "", "", "2"):
        person.types(pieces)
        person.presses("Enter")
    expect(person.page.locator("[data-sum]")).to_have_text("132.40")
    person.fills(bag="B 17")
    person.sends()
    person.is_told(f"Shift {number} is closed. The drawer was 5.00 EUR short.")
    person.sees("137.40", "132.40", "5.00")

    closed = shift(house, number)
    assert (closed.status, closed.bag) == ("closed", "B 17")
    assert (booked_on(house, "SHORT"), booked_on(house, "DRAWER")) == ("5.00", "100.00")
    assert booked_on(house, "SAFE") == "-67.60"  # the float went out of it, 32.40 came back
    person.key("r")
    person.sees("Short", "5.00", "Into the safe", "32.40", "Left in the drawer", "100.00")


def test_a_whole_shift_is_worked_without_a_mouse(at_desk: Sits, house: House) -> None:
    house.book(0, 1, "101", payment_method="cash")
    person = at_desk(None)

    # In, and the drawer is taken over with its float.
    person.sign_in("cashier")
    person.key("g", "s")
    person.key("n")
    assert person.focused() == "Drawer"
    person.fills(float_amount="100.00")
    person.sends()
    person.is_told("is open")
    (opened,) = house.rows(Shift)
    assert (opened.cashier, figure(opened.float_minor)) == ("cashier", "100.00")

    # An arrival.
    person.key("g", "d")
    person.follows("101", "Guest")
    person.key("i")
    person.fills(id_document="ID 9")
    person.sends()
    person.is_told("is checked in")
    stay = only_stay(house)
    assert stay.status == "in_house"

    # Posting, and cash taken.
    person.key("f")
    person.opens_panel("p", "Post a charge")
    person.fills(code="Restaurant", price="24.00")
    person.sends()
    person.is_told("24.00 EUR was posted.")
    house.end_day()
    person.key("o")
    person.sees("window 1 still owes 124.00")
    person.opens_panel("y", "Take a payment")
    person.fills(code="Cash")
    person.sends()
    person.is_told("124.00 EUR was paid. The balance is 0.00 EUR.")

    # The bill, and out.
    person.key("b")
    person.sees("Restaurant", "124.00")
    person.key("Escape")
    person.key("o")
    person.key("o")
    person.is_told("is checked out")
    assert (only_stay(house).status, house.room("101")) == ("departed", ("vacant", "dirty"))

    # Counted, closed, gone.
    person.key("g", "s")
    person.key("c")
    person.fills(pieces_20000="1", pieces_2000="1", pieces_200="2", bag="B 18")
    person.sends()
    person.is_told("The drawer was exact.")
    assert (shift(house, opened.id).status, booked_on(house, "SAFE")) == ("closed", "24.00")
    assert [each.shift for each in vouchers(house, "payment")] == [str(opened.id)]
    person.tabs_to("Cashier")
    person.presses("Enter")
    person.tabs_to("Sign out")
    person.sends()
    assert person.path().startswith("/sign-in")
    person.opens("/shifts")
    assert person.path().startswith("/sign-in")
