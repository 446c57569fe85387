"""The page of the interface for tills: read and tried by keyboard, by somebody who has a key and no account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from frontoffice.app import db
from tests.browser.person import Person
from tests.frontoffice.house import House
from tests.pos_bridge.api.conftest import KEYS, ROOM, add_outlets

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def stay(app: Flask, house: House) -> int:
    """A guest in room 101 of the hotel that has a restaurant."""
    house.do(add_outlets)
    with app.app_context():
        db.session.remove()
    return house.arrive(5, ROOM)


def test_a_charge_is_tried_by_keyboard_and_answered_below_its_form(
    sits_down: Callable[..., Person], house: House, stay: int
) -> None:
    person = sits_down(None)
    person.opens("/api/v1/docs")
    person.sees("POST /api/v1/charges", "GET /api/v1/guests")
    person.tabs_to("Key of the terminal")
    person.types(KEYS["TILL1"])
    form = person.page.locator("form[data-address='/api/v1/charges']")
    form.locator("xpath=..").locator("summary").focus()
    person.presses("Enter", "Tab")
    assert person.focused() == "Idempotency-Key"
    person.types("tried-1")
    person.presses("Tab", "Tab", "Tab", "Enter")
    answer = form.locator("xpath=..").locator(".answer")
    expect(answer).to_contain_text("201 CREATED")
    expect(answer).to_contain_text("45.50 EUR charged to 101")
    assert house.balance(house.window(stay)) == "45.50"
    person.presses("Enter")
    expect(answer).to_contain_text("Idempotency-Replayed")
    assert person.page.context.cookies() == []
    assert person.complaints == []


@pytest.mark.parametrize("look", ["wide", "narrow", "dark", "widest"])
def test_the_page_has_no_barrier_and_fits_every_screen(
    sits_down: Callable[..., Person], stay: int, pictures: Path, look: str
) -> None:
    facts = {"narrow": {"width": 360, "height": 740}, "dark": {"dark": True}, "widest": {"width": 2560}}
    person = sits_down(None, **facts.get(look, {}))
    person.opens("/api/v1/docs")
    for summary in person.page.locator("details > summary").all():
        summary.click()
    person.finds_no_barrier()
    person.page_does_not_scroll_sideways()
    person.looks(pictures, f"interface-{look}")
    assert person.complaints == []
