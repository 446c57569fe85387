"""What goes wrong around a payment: a session that ran out, two tabs, a lost line, Back, a double click, two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from folios import clock
from tests.browser.hotel_of_stories import vouchers, with_shift
from tests.browser.person import Person
from tests.frontoffice.desk_client import PASSWORD
from tests.frontoffice.house import House

Sits = Callable[..., Person]


@pytest.fixture
def owed(house: House) -> int:
    """The folio of a guest in room 101 who owes 60.00, and a cashier's drawer to take them into."""
    with_shift(house)
    stay = house.arrive(payment_method="cash")
    house.charge(stay, "60.00")
    return house.window(stay)


def about_to_pay(person: Person, folio: int, code: str = "Cash") -> None:
    """The panel is open and filled in; Enter is all that is missing."""
    person.opens(f"/folios/{folio}")
    person.opens_panel("y", "Take a payment")
    person.fills(code=code)


def test_a_payment_survives_the_session_that_ran_out_under_it(
    at_desk: Sits, house: House, owed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = at_desk("cashier", by_page=True)
    about_to_pay(person, owed)
    person.fills(amount="45.00", reference="slip 12")
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    person.sends()
    person.sees("cashier was signed out because nothing was done for a while. What was typed is kept.")
    assert vouchers(house, "payment") == []

    assert person.focused() == "User"
    person.types("cashier")
    person.presses("Tab")
    person.types(PASSWORD)
    person.sends()
    person.sees("Take a payment")
    expect(person.page.locator("#amount")).to_have_value("45.00")
    expect(person.page.locator("#reference")).to_have_value("slip 12")
    person.comes_to("amount")
    person.sends()
    person.is_told("45.00 EUR was paid. The balance is 15.00 EUR.")
    (payment,) = vouchers(house, "payment")
    assert (payment.reference, house.balance(owed)) == ("slip 12", "15.00")


def test_two_tabs_that_take_the_same_balance_take_it_once(at_desk: Sits, house: House, owed: int) -> None:
    person = at_desk("cashier")
    other = Person(person.page.context.new_page(), person.address)
    for each in (person, other):
        about_to_pay(each, owed)
    person.sends()
    person.is_told("60.00 EUR was paid. The balance is 0.00 EUR.")
    other.sends()
    other.sees("The balance was 60.00 when this page was opened and is 0.00 now")
    assert other.focused() == "Amount"
    assert (len(vouchers(house, "payment")), house.balance(owed)) == (1, "0.00")
    assert other.complaints == []


def test_a_payment_whose_answer_is_lost_is_sent_again_and_taken_once(at_desk: Sits, house: House, owed: int) -> None:
    person = at_desk("cashier")
    about_to_pay(person, owed)

    def lose_the_answer(route: Route) -> None:
        request = route.request
        target = urlsplit(request.url)
        line = HTTPConnection(target.netloc, timeout=10)
        line.request("POST", f"{target.path}?{target.query}", request.post_data_buffer, request.all_headers())
        assert line.getresponse().status == 303  # the money is taken; the browser hears nothing
        line.close()
        route.abort()

    person.page.route(f"**/folios/{owed}/pay**", lose_the_answer, times=1)
    with person.page.expect_event("requestfailed"):
        person.presses("Enter")
    person.page.wait_for_url("chrome-error://**", wait_until="commit")
    assert len(vouchers(house, "payment")) == 1

    # The same page again: what was typed is still there with its key, and the desk knows it.
    person.opens(f"/folios/{owed}/pay")
    expect(person.page.locator("#amount")).to_have_value("60.00")
    person.comes_to("amount")
    person.sends()
    person.is_told("This had been done already: 60.00 EUR was paid.")
    assert (len(vouchers(house, "payment")), house.balance(owed)) == (1, "0.00")


def test_back_after_a_charge_does_not_post_it_twice(at_desk: Sits, house: House, owed: int) -> None:
    person = at_desk("cashier")
    person.opens(f"/folios/{owed}")
    person.opens_panel("p", "Post a charge")
    person.fills(code="Bar", price="7.00")
    person.sends()
    person.is_told("7.00 EUR was posted.")
    person.goes_back()
    person.waits_in_panel("Post a charge")
    person.comes_to("price")
    person.sends()
    person.does_not_see("7.00 EUR was posted.")
    assert (len(vouchers(house, "charge")), house.balance(owed)) == (2, "67.00")


def test_a_double_click_on_the_payment_takes_it_once(at_desk: Sits, house: House, owed: int) -> None:
    person = at_desk("cashier")
    about_to_pay(person, owed)
    person.page.locator("#panel form button").dblclick(no_wait_after=True)
    person.is_told("60.00 EUR was paid. The balance is 0.00 EUR.")
    assert (len(vouchers(house, "payment")), house.balance(owed)) == (1, "0.00")


def test_enter_that_is_held_down_takes_a_payment_once(at_desk: Sits, house: House, owed: int) -> None:
    person = at_desk("cashier")
    about_to_pay(person, owed)
    with person.page.expect_navigation():
        person.page.evaluate("for (let i = 0; i < 5; i++) document.querySelector('#panel form').requestSubmit()")
    person.is_told("60.00 EUR was paid. The balance is 0.00 EUR.")
    assert len(vouchers(house, "payment")) == 1


def test_a_supervisor_raises_the_limit_in_another_window_and_the_cashier_goes_on(
    at_desk: Sits, house: House, owed: int
) -> None:
    cashier, supervisor = at_desk("cashier"), at_desk("supervisor")
    cashier.opens(f"/folios/{owed}")
    cashier.opens_panel("p", "Post a charge")
    cashier.fills(code="Restaurant", price="480.00")
    cashier.sends()
    cashier.sees("This needs somebody who may do it.")
    assert cashier.focused() == "Approved by"
    assert len(vouchers(house, "charge")) == 1

    supervisor.opens("/")
    supervisor.goes_to("101")
    supervisor.key("f")
    supervisor.opens_panel("l", "House limit")
    supervisor.fills(house_limit_minor="600.00")
    supervisor.sends()
    supervisor.is_told("The house limit was set.")

    cashier.sends()
    cashier.is_told("480.00 EUR was posted.")
    charges = vouchers(house, "charge")
    assert [each.authorised_by for each in charges] == [None, None]
    assert (charges[1].operator, house.balance(owed)) == ("cashier", "540.00")


def test_a_supervisor_signs_for_a_charge_beyond_the_limit_at_the_cashiers_screen(
    at_desk: Sits, house: House, owed: int
) -> None:
    person = at_desk("cashier")
    person.opens(f"/folios/{owed}")
    person.opens_panel("p", "Post a charge")
    person.fills(code="Restaurant", price="480.00")
    person.sends()
    person.fills(approver="cashier", approver_password=PASSWORD)
    person.sends()
    assert house.balance(owed) == "60.00"
    person.fills(approver="supervisor", approver_password=PASSWORD)
    person.sends()
    person.is_told("480.00 EUR was posted.")
    expect(person.page.locator(".who summary")).to_have_text("Cashier")
    charge = vouchers(house, "charge")[-1]
    assert (charge.operator, charge.authorised_by) == ("cashier", "supervisor")


def test_enter_in_the_filter_of_a_folio_filters_and_posts_nothing(at_desk: Sits, house: House, owed: int) -> None:
    person = at_desk("cashier")
    person.opens(f"/folios/{owed}")
    person.fills(first="2026-03-01")
    person.sends()
    assert person.path().startswith(f"/folios/{owed}?")
    person.sees("60.00")


def test_a_button_without_a_page_leads_back_to_its_page_after_signing_in_again(
    at_desk: Sits, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_shift(house)
    stay = house.arrive(payment_method="cash")
    person = at_desk("cashier", by_page=True)
    person.opens(f"/stays/{stay}/check-out")
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    person.key("n")
    assert person.focused() == "User"
    person.types("cashier")
    person.presses("Tab")
    person.types(PASSWORD)
    person.sends()
    assert person.path() == f"/stays/{stay}/check-out"
    assert house.balance(house.window(stay)) == "0.00"
    person.key("n")
    person.is_told("Charged what was due: 1.")

    # The panel of a payment comes back on the check-out, where it was.
    person.opens_panel("y", "Take a payment")
    person.fills(amount="30.00")
    later += timedelta(hours=1)
    person.sends()
    person.types("cashier")
    person.presses("Tab")
    person.types(PASSWORD)
    person.sends()
    person.sees("What stands in the way", "Take a payment")
    person.comes_to("amount")
    assert person.value() == "30.00"
    person.sends()
    person.is_told("30.00 EUR was paid. The balance is 70.00 EUR.")
    assert person.path() == f"/stays/{stay}/check-out"
