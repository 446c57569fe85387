"""The paper is set up: texts, a logo of any file, a specimen; series of numbers; drawers, coins and notes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader
from werkzeug.test import TestResponse

from frontoffice import cashiering, invoices, shifts, stationery
from frontoffice.models.cashiering import CashFolio, Denomination
from frontoffice.models.invoices import InvoiceSeries, Logo, Stationery
from tests.frontoffice.desk_client import BROWSER, Client
from tests.frontoffice.house import CLERK, House
from tests.frontoffice.test_stationery import picture

Desk = Callable[[str], Client]

PAGES = (
    "/set-up/stationery",
    "/set-up/stationery/logo",
    "/set-up/stationery/logo/remove",
    "/set-up/stationery/specimen.pdf",
    "/set-up/series",
    "/set-up/series/new",
    "/set-up/series/INV/begin",
    "/set-up/drawers",
    "/set-up/drawers/new",
    "/set-up/drawers/denominations",
)


def upload(client: Client, content: bytes, name: str = "logo.png") -> TestResponse:
    """Sends a file as a browser does."""
    fields = client.form("/set-up/stationery/logo")
    parts = [
        f'--part\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()
    ]
    head = f'--part\r\nContent-Disposition: form-data; name="logo"; filename="{name}"\r\n\r\n'
    body = "".join([*parts, head]).encode() + content + b"\r\n--part--\r\n"
    path, kind = "/set-up/stationery/logo", "multipart/form-data; boundary=part"
    return client.browser.post(path, data=body, content_type=kind, headers=BROWSER)


@pytest.mark.parametrize("path", PAGES)
def test_setting_up_is_not_for_the_desk(house: House, desk: Desk, path: str) -> None:
    assert desk("cashier").get(path).status_code == 403


# --- the paper --------------------------------------------------------------------------------------------------


def test_what_is_typed_stands_on_the_specimen(house: House, desk: Desk) -> None:
    client = desk("manager")
    page = client.done("/set-up/stationery", company_name="Markt GmbH", address="Am Markt 1", footer="Until soon")
    assert "The letterhead was saved" in page
    (row,) = house.rows(Stationery)
    assert (row.company_name, row.address, row.footer) == ("Markt GmbH", "Am Markt 1", "Until soon")
    text = "".join(
        each.extract_text() for each in PdfReader(BytesIO(client.get("/set-up/stationery/specimen.pdf").data)).pages
    )
    for told in ("Markt GmbH", "Am Markt 1", "Until soon", "Specimen"):
        assert told in text, told


def test_who_was_faster_with_the_letterhead_is_shown(house: House, desk: Desk) -> None:
    client = desk("manager")
    fields = client.form("/set-up/stationery") | {"city": "Mine"}
    desk("administrator").done("/set-up/stationery", city="Theirs")
    answer = client.send("/set-up/stationery", fields)
    assert answer.status_code == 409
    assert "Meanwhile changed to: Theirs" in answer.text
    assert 'value="Mine"' in answer.text


def test_a_bad_address_is_refused_beside_its_field(house: House, desk: Desk) -> None:
    page = desk("manager").refused("/set-up/stationery", email="nobody", city="Typed before")
    assert "nobody" in page
    assert "Typed before" in page
    assert house.rows(Stationery) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_the_logo(house: House, desk: Desk, kind: str) -> None:
    client = desk("manager")
    answer = upload(client, picture(kind=kind))
    assert answer.status_code == 303, answer.text
    (logo,) = house.rows(Logo)
    assert f"/logos/{logo.sha256}.png" in client.page("/set-up/stationery")
    shown = desk("cashier").get(f"/logos/{logo.sha256}.png")
    assert (shown.content_type, shown.data) == ("image/png", logo.content)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "no picture"),
        (b"%PDF-1.7 not a picture", "no picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "no picture"),
        (b"GIF89a" + b"\0" * 64, "no picture"),
        (b"x" * 1_100_000, "too large"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_in_words(house: House, desk: Desk, content: bytes, told: str) -> None:
    answer = upload(desk("manager"), content, "../../etc/passwd.png")
    assert answer.status_code == 422
    assert told in answer.text
    assert house.rows(Logo) == []


def test_a_file_beyond_all_bounds_is_refused_in_words(house: House, desk: Desk) -> None:
    answer = upload(desk("manager"), b"x" * 3_000_000)
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_no_file_at_all_is_refused_in_words(house: House, desk: Desk) -> None:
    assert "no picture" in desk("manager").refused("/set-up/stationery/logo")


def test_a_removed_logo_stays_on_what_was_issued(house: House, desk: Desk) -> None:
    house.do(stationery.set_logo, picture(), CLERK)
    stay = house.arrive()
    house.charge(stay, "40.00")
    issued = house.do(invoices.issue, house.window(stay), operator=CLERK)
    client = desk("manager")
    client.done("/set-up/stationery/logo/remove")
    assert "/logos/" not in client.page("/set-up/stationery")
    assert "/logos/" not in client.page(f"/folios/{house.window(stay)}/bill")
    assert "/logos/" in client.page(f"/invoices/{issued.id}")


@pytest.mark.parametrize("name", ["0" * 64, "x" * 64, "short", "%2e%2e%2f" * 8])
def test_a_picture_that_is_not_there_is_no_page(house: House, desk: Desk, name: str) -> None:
    assert desk("cashier").get(f"/logos/{name}.png").status_code == 404


# --- series of numbers ------------------------------------------------------------------------------------------


def add_series(client: Client, **changes: str) -> str:
    given = {"kind": "invoice", "code": "y27", "name": "Year", "prefix": "27-", "first_number": "100"}
    return client.done("/set-up/series/new", **(given | changes))


def test_a_series_is_added_begun_and_switched(house: House, desk: Desk) -> None:
    client = desk("manager")
    assert "27-100" in add_series(client)
    assert "27-500" in client.done("/set-up/series/Y27/begin", number="500")
    client.done("/set-up/series/Y27/off")
    (row,) = house.rows(InvoiceSeries)
    assert (row.code, row.next_number, row.active) == ("Y27", 500, False)
    client.done("/set-up/series/Y27/on")
    assert house.rows(InvoiceSeries)[0].active


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"code": "Y27"}, "exists already"),
        ({"code": "OTHER", "prefix": "27-"}, "cannot be confused"),
        ({"code": "OTHER", "prefix": "28-", "first_number": "0"}, "whole number from 1"),
        ({"code": "OTHER", "prefix": "28-", "first_number": "many"}, "is not a whole number"),
        ({"code": "", "prefix": "28-"}, "Fill this in"),
        ({"code": "OTHER", "kind": "bill"}, "Choose one of these"),
    ],
)
def test_a_series_that_cannot_be_is_refused(house: House, desk: Desk, changes: dict[str, str], told: str) -> None:
    client = desk("manager")
    add_series(client)
    given = {"kind": "invoice", "code": "y27", "name": "Typed before", "prefix": "27-", "first_number": "1"}
    page = client.refused("/set-up/series/new", **(given | changes))
    assert told in page
    assert "Typed before" in page
    assert len(house.rows(InvoiceSeries)) == 1


def test_a_series_of_a_strange_code_keeps_its_addresses(house: House, desk: Desk) -> None:
    client = desk("manager")
    add_series(client, code="A/ON?#%")
    page = client.page("/set-up/series")
    assert "/set-up/series/A%2FON%3F%23%25/off" in page
    client.done("/set-up/series/A/ON%3F%23%25/off")
    assert not house.rows(InvoiceSeries)[0].active


@pytest.mark.parametrize("code", ["NONE", "%00", "x" * 500])
def test_a_series_that_does_not_exist_is_no_page(house: House, desk: Desk, code: str) -> None:
    for deed in ("begin", "on", "off"):
        assert desk("manager").get(f"/set-up/series/{code}/{deed}").status_code == 404


def test_a_series_that_gave_out_numbers_does_not_begin_anew(house: House, desk: Desk) -> None:
    stay = house.arrive()
    house.charge(stay, "40.00")
    house.do(invoices.issue, house.window(stay), operator=CLERK)
    assert "has given out numbers already" in desk("manager").refused("/set-up/series/INV/begin", number="7")


# --- drawers, coins and notes -----------------------------------------------------------------------------------


def test_a_drawer_is_added_and_switched_off_and_on(house: House, desk: Desk) -> None:
    client = desk("manager")
    assert "Bar drawer" in client.done("/set-up/drawers/new", name="Bar drawer", number="DRAWER2")
    (drawer,) = [each for each in house.do(cashiering.drawers) if each.number == "DRAWER2"]
    client.done(f"/set-up/drawers/{drawer.folio_id}/off")
    assert not house.rows(CashFolio, folio_id=drawer.folio_id)[0].active
    client.done(f"/set-up/drawers/{drawer.folio_id}/on")
    assert house.rows(CashFolio, folio_id=drawer.folio_id)[0].active


def test_a_number_that_is_taken_is_refused_beside_its_field(house: House, desk: Desk) -> None:
    page = desk("manager").refused("/set-up/drawers/new", name="Typed before", number="VISA")
    assert "VISA" in page
    assert "Typed before" in page


def test_a_drawer_in_use_is_not_switched_off(house: House, desk: Desk) -> None:
    (drawer,) = house.do(cashiering.drawers)
    client = desk("manager")
    fields = client.form(f"/set-up/drawers/{drawer.folio_id}/off")
    house.do(shifts.open_shift, "cashier", drawer.folio_id, 10000, "cashier")
    answer = client.send(f"/set-up/drawers/{drawer.folio_id}/off", fields)
    assert answer.status_code == 409
    assert "in the hands of cashier" in answer.text
    assert "Switched off when its shift is closed" in client.page("/set-up/drawers")


def test_a_folio_that_is_no_drawer_is_not_switched(house: House, desk: Desk) -> None:
    stay = house.arrive()
    assert 400 <= desk("manager").get(f"/set-up/drawers/{house.window(stay)}/off").status_code < 500
    assert desk("manager").get("/set-up/drawers/99999/off").status_code == 404


def test_coins_and_notes_are_set_one_on_each_line(house: House, desk: Desk) -> None:
    client = desk("manager")
    client.done("/set-up/drawers/denominations", values="0.50\n1\r\n\n20.00")
    assert sorted(each.value_minor for each in house.rows(Denomination)) == [50, 100, 2000]


@pytest.mark.parametrize(
    ("typed", "told"), [("abc", "abc"), ("0", "above zero"), ("-5", "above zero"), ("1.001", "1.001")]
)
def test_coins_that_cannot_be_are_refused_and_kept(house: House, desk: Desk, typed: str, told: str) -> None:
    before = house.rows(Denomination)
    page = desk("manager").refused("/set-up/drawers/denominations", values=f"5.00\n{typed}")
    assert told in page
    assert f"5.00\n{typed}" in page.replace("\r\n", "\n")
    assert len(house.rows(Denomination)) == len(before)
