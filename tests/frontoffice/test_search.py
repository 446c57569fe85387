"""One box finds everything by the number or name that people have in hand, and whatever is typed does no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from folios import db
from folios.charges import Charge, ChargeLine, charge
from folios.drafts import Origin
from folios.folios import get_folio, open_folio
from frontoffice import companies, guests, invoices, search
from frontoffice.models.desk import StayGroup
from frontoffice.search import Hit, Query
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, day, euro


def find(house: House, text: str | None, most: int = 12, may: Callable[[str], bool] | None = None) -> list[Hit]:
    with db.reading(house.sessions) as session:
        return search.find(session, text, most, may)


def go(house: House, text: str) -> tuple[str, int] | None:
    with db.reading(house.sessions) as session:
        hit = search.go(session, text)
    return None if hit is None else (hit.kind, hit.id)


def named(hits: Iterable[Hit]) -> list[tuple[str, int]]:
    return [(hit.kind, hit.id) for hit in hits]


def test_a_room_number_leads_to_the_stay_in_it_or_to_the_room(house: House) -> None:
    stay = house.arrive(room="101")
    assert go(house, "101") == ("stay", stay)
    assert go(house, "102") == ("room", house.rooms["102"])
    (hit,) = [hit for hit in find(house, "101") if hit.exact]
    assert (hit.title, hit.detail, hit.right) == ("Guest, Mr.", ("101", "in_house", day(0), day(2)), "stay.read")
    assert named(find(house, "10")) == [
        ("stay", stay),
        *(("room", house.rooms[number]) for number in ("102", "103", "104")),
    ]
    assert go(house, "10") is None


def test_a_name_finds_who_is_in_house_before_the_profiles(house: House) -> None:
    other = house.do(guests.add_guest, CLERK, surname="Guést", first_names="Mrs.").id
    house.do(guests.add_guest, CLERK, surname="Someone")
    stay = house.arrive(room="101")
    assert named(find(house, "GUE")) == [("stay", stay), ("guest", other)]
    assert named(find(house, "guest, mrs")) == [("guest", other)] == named(find(house, "Mrs. Guest"))
    assert go(house, "guest, mrs") == ("guest", other)
    assert go(house, "Mr. Guest") == ("stay", stay)
    assert go(house, "gue") is None


def test_each_number_leads_to_what_bears_it(house: House) -> None:
    stay = house.arrive(room="101", source="portal", reference="ABC-9/1")
    folio = house.window(stay)
    number = house.do(get_folio, folio).number
    order = Charge(folio, (ChargeLine("RESTAURANT", euro("12.00")),), check_number="K-77")
    voucher = house.do(charge, order, Origin(CLERK)).voucher_id
    company = house.do(companies.add_company, CLERK, code="ACME", name="Company A").id

    group, invoice = house.do(add_group), house.do(invoices.issue, folio, operator=CLERK)
    assert go(house, number) == go(house, number.lower()) == ("folio", folio)
    assert go(house, "K-77") == ("voucher", voucher)
    assert go(house, "ABC-9/1") == ("stay", stay)
    assert go(house, "acme") == ("company", company) == go(house, "company a")
    assert go(house, "con26") == ("group", group) == go(house, "congr")
    assert ("voucher", voucher) in named(find(house, str(voucher)))
    assert ("stay", stay) in named(find(house, str(stay)))
    assert go(house, invoice.number.lower()) == ("invoice", invoice.id)


def add_group(session: Session) -> int:
    master = open_folio(session, type="master", name="Congress", operator=CLERK)
    group = StayGroup(code="CON26", name="Congress", folio_id=master.id)
    session.add(group)
    session.flush()
    return group.id


def test_a_room_comes_before_a_stay_and_a_voucher_of_the_same_number(house: House) -> None:
    stay = house.arrive(room="101")
    vouchers = [house.charge(stay, "1.00").voucher_id for _ in range(101)]
    assert 101 in vouchers
    hits = find(house, "101")
    assert named(hits)[:2] == [("stay", stay), ("voucher", 101)]
    assert go(house, "101") == ("stay", stay)


def test_check_numbers_that_were_used_often_show_the_newest(house: House) -> None:
    stay = house.arrive(room="101")
    order = Charge(house.window(stay), (ChargeLine("RESTAURANT", euro("1.00")),), check_number="44")
    vouchers = [house.do(charge, order, Origin(CLERK)).voucher_id for _ in range(5)]
    assert [hit.id for hit in find(house, "44", most=3) if hit.kind == "voucher"] == vouchers[:1:-1]


def test_hits_that_need_a_right_one_lacks_are_left_out(house: House) -> None:
    stay = house.arrive(room="101")
    house.do(guests.add_guest, CLERK, surname="Guest", first_names="Mrs.")
    assert named(find(house, "guest", may=lambda right: right == "stay.read")) == [("stay", stay)]
    assert find(house, "guest", may=lambda right: False) == []


HOSTILE = ["", "   ", None, "%", "_", "%%%", "\\", "/", "'", "'; DROP TABLE stay; --", "\x00", "a\x00b", "x" * 10_000]
HOSTILE += [
    "9" * 40,
    "\ud800",
    "\u202e",
    "-1",
    "0",
    "1e9",
    "\u0663\u0664",
    "\u00b2",
    "\U0010ffff",
    ",",
    ", ,",
    "guest,\x00",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_typed_does_no_harm(house: House, text: str | None) -> None:
    house.arrive(room="101")
    hits = find(house, text)
    assert all(hit.kind in search.KIND_WORDS for hit in hits)
    if text in ("%", "_", "%%%", "", "\x00", "\ud800"):
        assert hits == []


def test_the_floors_above_add_sources_of_their_own(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_sources", dict(search._sources))

    @search.source("terminals")
    def find_terminals(session: Session, query: Query, most: int) -> list[Hit]:
        return [Hit("terminal", 3, "Bar", (), "stay.read", exact=True)] if query.text == "bar 3" else []

    assert go(house, "bar 3") == ("terminal", 3)


def test_a_search_takes_one_statement_for_each_source(house: House) -> None:
    counts: list[Any] = []
    for _ in range(2):
        house.book()
        with statements(house.engine) as sent:
            find(house, "1")
        counts.append(len([each for each in sent if not each.startswith("SET ")]))
    assert counts == [10, 10]


def test_names_and_numbers_are_found_by_an_index(house: House) -> None:
    plan = "EXPLAIN QUERY PLAN" if house.engine.dialect.name == "sqlite" else "EXPLAIN"
    with db.reading(house.sessions) as session, statements(house.engine) as sent:
        if plan == "EXPLAIN":
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        query = Query("gue", "gue", None)
        named_by = search._begins_with_a_name(session, query)
        told = session.connection().execute(
            search.sa.text(
                f"{plan} SELECT id FROM guest WHERE "
                + str(named_by.compile(session.get_bind(), compile_kwargs={"literal_binds": True})).replace("%%", "%")
            )
        )
        assert "ix_guest_search_name" in " ".join(str(row) for row in told)
    assert sent
