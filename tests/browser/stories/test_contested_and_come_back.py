"""The contested minibar, and the guest who comes back after the check-out: both need somebody with more rights."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from folios.models import Event
from frontoffice.models.desk import Dispute
from tests.browser.hotel_of_stories import booked_on, lines, vouchers, with_shift
from tests.browser.person import Person
from tests.frontoffice.house import House

Sits = Callable[..., Person]


def test_a_contested_minibar_is_allowed_by_a_supervisor_at_the_cashiers_screen(at_desk: Sits, house: House) -> None:
    with_shift(house)
    stay = house.arrive(1, payment_method="cash")
    house.charge(stay, "23.00", "MINIBAR")
    house.charge(stay, "40.00")
    house.end_day()
    folio = house.window(stay)
    person = at_desk("cashier")

    # The guest says it was not them: the line is marked, the rest is paid.
    person.opens("/")
    person.goes_to("101")
    person.key("f")
    person.ticks("MINIBAR")
    person.opens_panel("d", "Mark as disputed")
    person.fills(reason="the fridge was locked")
    person.sends()
    person.is_told("Marked as disputed. The rest can be settled.")
    person.sees("Of it disputed", "23.00", "the fridge was locked")
    person.key("o")
    person.sees("window 1 still owes 163.00", "Disputed: MINIBAR, 23.00 left")
    person.opens_panel("y", "Take a payment")
    person.fills(code="Cash", amount="140.00")
    person.sends()
    person.is_told("140.00 EUR was paid. The balance is 23.00 EUR.")

    # The cashier may not settle it. The supervisor signs here; a wrong password changes nothing.
    person.tabs_to("Settle the dispute")
    person.presses("Enter")
    person.waits_in_panel("Settle the dispute")
    person.fills(how="Allowance", outcome="the lock was found broken")
    person.sends()
    person.sees("This needs somebody who may do it.")
    assert person.focused() == "Approved by"
    person.types("supervisor")
    person.presses("Tab")
    person.types("not the password")
    person.sends()
    expect(person.page.locator("#outcome")).to_have_value("the lock was found broken")
    assert (house.balance(folio), vouchers(house, "allowance")) == ("23.00", [])
    person.fills(approver="supervisor", approver_password="correct horse battery")
    person.sends()
    person.is_told("The dispute is settled.")

    # Nobody signed out: the cashier goes on, and the guest leaves.
    expect(person.page.locator(".who summary")).to_have_text("Cashier")
    person.key("o")
    person.is_told("is checked out")
    (allowance,) = vouchers(house, "allowance")
    assert (allowance.operator, allowance.authorised_by) == ("cashier", "supervisor")
    assert (allowance.reason, booked_on(house, "MINIBAR")) == ("the lock was found broken", "0.00")
    assert [(each.status, each.settlement) for each in house.rows(Dispute)] == [("settled", "allowed")]
    assert house.stay(stay).status == "departed"


def test_a_guest_who_comes_back_is_in_house_again_and_leaves_again(at_desk: Sits, house: House) -> None:
    with_shift(house)
    stay = house.arrive(1, payment_method="card")
    house.end_day()
    house.leave(stay)
    folio = house.window(stay)
    person = at_desk("cashier")

    # The key of the room is found in a pocket, and a bottle was not charged.
    person.opens("/")
    person.goes_to("Guest")
    person.follows("departed")
    person.sees("departed")
    person.key("u")
    person.sends()
    person.sees("This needs somebody who may do it.")
    person.fills(approver="supervisor", approver_password="correct horse battery")
    person.sends()
    person.is_told("The guest is in house again.")
    assert (house.stay(stay).status, house.room("101")[0]) == ("in_house", "occupied")

    # The late charge, and out again.
    person.key("f")
    person.opens_panel("p", "Post a charge")
    person.fills(code="Minibar", price="6.50")
    person.sends()
    person.is_told("6.50 EUR was posted.")
    person.key("o")
    person.sees("window 1 still owes 6.50")
    assert person.focused().startswith("Take the payment")
    person.presses("Enter")
    person.waits_in_panel("Take a payment")
    person.fills(code="Visa")
    person.sends()
    person.key("o")
    person.is_told("is checked out")

    assert (house.stay(stay).status, house.balance(folio)) == ("departed", "0.00")
    assert lines(house, folio) == [("ROOM", "100.00"), ("VISA", "-100.00"), ("MINIBAR", "6.50"), ("VISA", "-6.50")]
    told = [each.action for each in house.rows(Event, subject=f"stay:{stay}")]
    assert [each for each in told if each in ("stay.checked_out", "stay.reinstated")] == [
        "stay.checked_out",
        "stay.reinstated",
        "stay.checked_out",
    ]
    assert house.room("101") == ("vacant", "dirty")
