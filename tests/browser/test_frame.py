"""The frame of every page in a real browser: keys, search, forms that are sent twice, lost lines, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

from playwright.sync_api import Route, expect

from frontoffice.models.guests import Guest
from tests.browser.person import Person
from tests.frontoffice.house import House

Sits = Callable[..., Person]


def test_somebody_signs_in_finds_a_page_by_key_and_signs_out(sits_down: Sits, served: str) -> None:
    person = sits_down("cashier", by_page=True)
    person.key("g", "u")
    assert person.path() == "/guests"
    person.finds_no_barrier()
    assert person.complaints == []


def test_a_guest_is_entered_by_keyboard_alone_and_errors_take_the_focus(sits_down: Sits, house: House) -> None:
    person = sits_down("cashier")
    person.opens("/guests")
    person.presses("Escape", "Tab", "Tab")
    person.page.locator("h1").click()
    person.key("n")
    assert person.focused() == "Surname"
    person.sends()
    person.sees("Fill this in.")
    assert person.focused() == "Surname"
    person.finds_no_barrier()
    person.types("Keyboard")
    person.sends()
    person.is_told("Keyboard was entered.")
    assert len(house.rows(Guest, surname="Keyboard")) == 1


def test_a_double_click_enters_one_guest(sits_down: Sits, house: House) -> None:
    person = sits_down("cashier")
    person.opens("/guests/new")
    person.types("Twice")
    person.page.locator("main form button").dblclick(no_wait_after=True)
    expect(person.page.locator("#told")).to_contain_text("Twice was entered.")
    assert len(house.rows(Guest, surname="Twice")) == 1


def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_done_twice(sits_down: Sits, house: House) -> None:
    person = sits_down("cashier")
    person.opens("/guests/new")
    person.types("Lost answer")

    def lose_the_answer(route: Route) -> None:
        request = route.request
        line = HTTPConnection(urlsplit(request.url).netloc, timeout=10)
        line.request("POST", urlsplit(request.url).path, request.post_data_buffer, request.all_headers())
        assert line.getresponse().status == 303  # the desk gets it and does it; the browser hears nothing
        line.close()
        route.abort()

    person.page.route("**/guests/new", lose_the_answer, times=1)
    with person.page.expect_event("requestfailed"):
        person.page.locator("main form button").click(no_wait_after=True)
    person.page.wait_for_url("chrome-error://**", wait_until="commit")
    person.opens("/guests/new")
    expect(person.page.locator("#surname")).to_have_value("Lost answer")
    person.page.locator("main form button").click()
    person.is_told("This had been done already: Lost answer was entered.")
    assert len(house.rows(Guest, surname="Lost answer")) == 1


def test_what_was_typed_is_still_there_after_a_reload(sits_down: Sits) -> None:
    person = sits_down("cashier")
    person.opens("/guests/new")
    person.types("Half a form")
    person.page.reload()
    expect(person.page.locator("#surname")).to_have_value("Half a form")


def test_the_machines_colours_are_taken_and_can_be_switched(sits_down: Sits) -> None:
    person = sits_down("cashier", dark=True)
    person.opens("/guests")
    expect(person.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    person.page.locator(".who summary").click()
    person.page.locator("[data-theme-switch]").click()
    expect(person.page.locator("html")).to_have_attribute("data-bs-theme", "light")
    person.page.reload()
    expect(person.page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_nothing_is_loaded_from_anywhere_else(sits_down: Sits, served: str) -> None:
    person = sits_down("cashier")
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url))
    person.opens("/guests")
    assert len(asked) > 3
    assert [url for url in asked if not url.startswith((served, "data:"))] == []
