"""The folio in a real browser: lines are ticked, a panel opens beside them, and nothing of either is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from frontoffice import shifts
from frontoffice.cashiering import drawers
from frontoffice.views import folios as pages
from tests.browser.person import Person
from tests.frontoffice.house import House

Sits = Callable[..., Person]


def test_lines_stay_ticked_while_panels_open_and_close(sits_down: Sits, house: House) -> None:
    stay = house.arrive(3)
    for amount in ("10.00", "20.00", "30.00"):
        house.charge(stay, amount)
    folio = house.window(stay)
    person = sits_down("cashier")
    person.opens(f"/folios/{folio}")
    person.page.locator("tbody tr").first.focus()
    person.presses("Space", "ArrowDown", "Space")
    person.page.evaluate("window.same = true")
    person.opens_panel("t", "Transfer")
    expect(person.page.locator("#panel")).to_contain_text("Lines: 2, in all 30.00")
    assert person.page.evaluate("document.activeElement.name") == "to"
    assert "/transfer?" in person.page.url
    person.finds_no_barrier()
    person.presses("Escape")
    expect(person.page.locator("#panel")).to_be_hidden()
    assert person.page.locator("[name=line]:checked").count() == 2
    assert person.page.evaluate("document.activeElement.tagName") == "TR"
    person.presses("c")
    expect(person.page.locator("#panel")).to_contain_text("Correct")
    person.types("wrong guest")
    person.sends()
    person.is_told("30.00 EUR was taken back.")
    assert person.page.evaluate("window.same") is None  # the deed itself loads the page anew
    assert house.balance(folio) == "30.00"
    assert person.complaints == []


def test_ticks_go_along_to_another_page_of_a_long_folio(
    sits_down: Sits, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LINES_SHOWN", 2)
    stay = house.arrive(3)
    for amount in ("1.00", "2.00", "3.00", "4.00", "5.00"):
        house.charge(stay, amount)
    folio = house.window(stay)
    person = sits_down("cashier")
    person.opens(f"/folios/{folio}")
    person.page.locator("tbody tr:has([name=line])").first.focus()
    person.presses("Space", "[")
    person.sees("Lines 2 to 3 of 5")
    person.sees("Also ticked, on other pages: 1")
    person.finds_no_barrier()
    person.page.locator("tbody tr:has([name=line])").first.focus()
    person.presses("Space", "[")
    person.sees("Also ticked, on other pages: 2")
    person.opens_panel("c", "Correct")
    expect(person.page.locator("#panel")).to_contain_text("Lines: 2, in all 6.00")
    person.types("wrong guest")
    person.sends()
    person.is_told("6.00 EUR was taken back.")
    assert house.balance(folio) == "9.00"
    assert person.complaints == []


def test_all_lines_are_ticked_until_one_of_them_is_not(
    sits_down: Sits, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LINES_SHOWN", 2)
    stay = house.arrive(3)
    for amount in ("1.00", "2.00", "3.00", "4.00", "5.00"):
        house.charge(stay, amount)
    person = sits_down("cashier")
    person.opens(f"/folios/{house.window(stay)}")
    person.page.locator("[data-all]").check()
    person.opens_panel("t", "Transfer")
    expect(person.page.locator("#panel")).to_contain_text("Lines: 5, in all 15.00")
    person.presses("Escape")
    expect(person.page.locator("#panel")).to_be_hidden()
    person.page.locator("[name=line]").first.uncheck()
    person.sees("Only the lines that are shown are ticked now.")
    person.opens_panel("t", "Transfer")
    expect(person.page.locator("#panel")).to_contain_text("Lines: 1, in all 5.00")
    assert person.complaints == []


def test_a_guest_leaves_by_the_enter_key_alone(sits_down: Sits, house: House) -> None:
    stay = house.arrive(3)
    house.charge_nights(stay)
    house.do(shifts.open_shift, "cashier", house.do(drawers)[0].folio_id, 0, "cashier")
    person = sits_down("cashier")
    person.opens(f"/stays/{stay}/check-out")
    person.finds_no_barrier()
    person.presses("Enter")
    expect(person.page.locator("#panel")).to_contain_text("Take a payment")
    person.presses("Tab")
    person.sends()
    person.sees("Nothing. Every window stands at zero.")
    person.sends()
    person.is_told(f"Stay {stay} is checked out.")
    assert house.stay(stay).status == "departed"
    assert person.complaints == []


def test_the_folio_has_no_barriers_in_the_dark_and_on_a_telephone(sits_down: Sits, house: House) -> None:
    stay = house.arrive(3)
    house.charge(stay, "10.00")
    house.pay(stay, "25.00")
    for person in (sits_down("cashier", dark=True), sits_down("cashier", width=360, height=700)):
        person.opens(f"/folios/{house.window(stay)}/pay")
        person.finds_no_barrier()
        assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
