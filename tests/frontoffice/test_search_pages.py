"""The search box in the browser: Enter goes there, several are listed, nobody finds what is not for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from folios.models import Folio, Voucher
from frontoffice import guests, roles, search
from frontoffice.search import KIND_WORDS
from frontoffice.views.search import PLACES
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House

Desk = Callable[[str], Client]


@pytest.fixture
def clerk(desk: Desk) -> Client:
    return desk("cashier")


def goes_to(client: Client, text: str) -> str:
    answer = client.get("/search", query_string={"q": text})
    assert answer.status_code == 303, answer.text[:500]
    return answer.headers["Location"]


def test_a_room_number_leads_to_the_stay_in_it_or_to_the_room(house: House, clerk: Client) -> None:
    stay = house.arrive(room="102")
    assert goes_to(clerk, "102") == f"/stays/{stay}"
    assert goes_to(clerk, " 103 ") == f"/rooms?id={house.rooms['103']}#room-{house.rooms['103']}"


def test_a_folio_number_in_small_letters_leads_to_the_folio(house: House, clerk: Client) -> None:
    stay = house.arrive(room="102")
    (folio,) = house.rows(Folio, id=house.window(stay))
    assert goes_to(clerk, folio.number.lower()) == f"/folios/{folio.id}"


def test_several_that_it_may_be_are_listed_with_their_kinds(house: House, clerk: Client) -> None:
    for name in ("Ahorn <b>", "Ahornberg"):
        house.do(guests.add_guest, CLERK, surname=name)
    page = clerk.page("/search?q=ahor")
    assert page.count('href="/guests/') == 2
    assert "Ahorn &lt;b&gt;" in page
    assert "autofocus" in page
    assert "data-rows" in page


def test_a_star_lists_all_that_an_exact_number_may_be(house: House, clerk: Client) -> None:
    stay = house.arrive(room="102")
    house.charge(stay, "10.00")
    (voucher,) = house.rows(Voucher)
    assert clerk.page(f"/search?q={voucher.id}*").count(f"/folios/voucher/{voucher.id}") == 1
    assert "/stays/" in clerk.page("/search?q=102*")


def test_nobody_finds_what_their_rights_do_not_cover(house: House, desk: Desk) -> None:
    stay = house.arrive(room="102")
    (folio,) = house.rows(Folio, id=house.window(stay))
    house.do(roles.change_rights, {}, {"cashier": ["folio.read", "stay.read"]}, CLERK)
    client = desk("cashier")
    assert f"/folios/{folio.id}" not in client.page(f"/search?q={folio.number}")
    assert "/stays/" not in client.page("/search?q=102")
    other = house.do(guests.add_guest, CLERK, surname="Reisender").id
    assert goes_to(client, "reis") == f"/guests/{other}"


@pytest.mark.parametrize(
    "text", ["", "   ", "*", "**", "\0", "%", "_", "x" * 10_000, "9" * 40, "😀", "' OR 1=1 --", "<b>"]
)
def test_whatever_is_typed_is_answered_with_a_page(clerk: Client, text: str) -> None:
    answer = clerk.get("/search", query_string={"q": text})
    assert answer.status_code == 200
    assert 'class="empty"' in answer.text
    assert "<b>" not in answer.text


def test_every_kind_that_can_be_found_has_a_place_to_be_looked_at(app: Flask) -> None:
    assert PLACES.keys() == KIND_WORDS.keys()
    served = {rule.rule.split("<")[0].rstrip("/") for rule in app.url_map.iter_rules()}
    assert {place.split("{")[0].split("#")[0].split("?")[0].rstrip("/") for place in PLACES.values()} - served == set()


def test_a_search_takes_the_same_number_of_statements_however_many_are_found(house: House) -> None:
    def count(session) -> int:
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_more) -> None:
            seen.append(statement)

        sa.event.listen(house.engine, "before_cursor_execute", note)
        search.find(session, "ahorn", 50)
        sa.event.remove(house.engine, "before_cursor_execute", note)
        return len(seen)

    few = house.do(count)
    for number in range(30):
        house.do(guests.add_guest, CLERK, surname=f"Ahorn {number}")
    assert house.do(count) == few
