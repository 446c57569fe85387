"""The set-up pages: what is missing, the hotel, house limits, rooms, codes and taxes, rates."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from folios import codes as ledger_codes
from folios.db import in_unit_of_work
from folios.errors import ChangedMeanwhile, CodeTaken
from folios.models import CodeTax, Event, Folio, TaxRate, TransactionCode
from frontoffice import codes, rates, rooms, users, windows
from frontoffice.models.property import Property
from frontoffice.models.rates import RateCode, RatePrice
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import HouseLimit
from frontoffice.models.users import Role, RoleRight, UserRole
from frontoffice.readiness import ITEMS, WORDS, standing
from frontoffice.rights import RIGHTS
from frontoffice.room_numbers import NumbersInvalid, NumbersMissing, TooManyNumbers, read_numbers
from frontoffice.users import NewUser, find_user
from tests.frontoffice.desk_client import Client, Forms
from tests.frontoffice.house import CLERK, House, at_once, day, minor

Desk = Callable[[str], Client]
NASTY = "<script>alert(1)</script>"


@pytest.fixture
def manager(desk: Desk) -> Client:
    return desk("manager")


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


# --- the overview -----------------------------------------------------------------------------------------------


def test_the_overview_counts_what_is_set_up_and_says_what_is_missing(manager: Client) -> None:
    text = text_of(manager.page("/set-up"))
    assert "2 room types, 5 rooms" in text
    assert "1 rates sold" in text
    assert "No taxes yet: charges are posted without any." in text
    assert "cannot take guests yet" not in text


def test_a_hotel_without_rooms_is_told_to_begin_with_them(house: House, manager: Client) -> None:
    for table in (RatePrice, Room):
        house.do(lambda session, table=table: session.execute(sa.delete(table)))
    text = text_of(manager.page("/set-up"))
    assert "The hotel cannot take guests yet." in text
    assert "There are no rooms yet. Enter them, many at once." in text
    assert "No rate has prices for a night to come." in text


def test_the_overview_shows_each_reader_what_their_rights_cover(app: Flask, house: House, desk: Desk) -> None:
    def only_rates(session):
        session.add(Role(code="revenue", name="Revenue"))
        session.flush()
        session.add(RoleRight(role_code="revenue", right="rate.set_up"))
        session.add(UserRole(user_id=find_user(session, "supervisor").id, role_code="revenue"))

    assert desk("cashier").get("/set-up").status_code == 403
    assert 'href="/set-up"' not in desk("cashier").page("/guests")
    house.do(only_rates)
    client = desk("supervisor")
    page = client.page("/set-up")
    assert 'href="/set-up"' in page
    assert 'href="/set-up/rates"' in page
    assert 'href="/set-up/codes"' not in page
    assert client.get("/set-up/codes").status_code == 403


def test_every_item_of_the_overview_has_a_word_a_right_and_a_count(house: House) -> None:
    assert {item.name for item in ITEMS} == WORDS.keys()
    assert {item.right for item in ITEMS} <= RIGHTS.keys()
    assert len(house.do(standing)) == len(ITEMS)


# --- the hotel and its limits -----------------------------------------------------------------------------------


def test_the_hotel_is_amended_and_a_stale_save_shows_both_versions(house: House, manager: Client, desk: Desk) -> None:
    stale = manager.form("/set-up/property")
    desk("administrator").done("/set-up/property", name="Hotel am Platz", idle_minutes="45")
    answer = manager.send("/set-up/property", stale | {"name": "Hotel am Ring"})
    assert answer.status_code == 409
    assert "Meanwhile changed to: Hotel am Platz" in answer.text
    (row,) = house.rows(Property)
    assert (row.name, row.idle_minutes, row.version) == ("Hotel am Platz", 45, 2)


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("name", "", "Fill this in."),
        ("name", "x" * 10_000, "at most 200 fit"),
        ("name", "a\0b", "cannot be stored"),
        ("time_zone", "Mars/Base", "There is no time zone Mars/Base"),
        ("country", "QQ", "is not a country"),
        ("idle_minutes", "0", "from 1 to 480"),
        ("idle_minutes", "481", "from 1 to 480"),
        ("idle_minutes", "abc", "is not a whole number"),
    ],
)
def test_the_hotel_refuses_what_it_cannot_be_beside_the_field(
    house: House, manager: Client, field: str, typed: str, told: str
) -> None:
    page = manager.refused("/set-up/property", **{field: typed})
    error = re.search(rf'id="{field}-more".*?</div>\s*(?:<div class="hint|</div>)', page, re.DOTALL)
    assert error is not None
    assert told in text_of(error[0])
    (row,) = house.rows(Property)
    assert row.version == 1


def test_house_limits_are_set_by_method_and_only_changes_are_recorded(house: House, manager: Client) -> None:
    manager.done("/set-up/limits", cash="750.00", direct_bill="")
    limits = {row.method: row.limit_minor for row in house.rows(HouseLimit)}
    assert limits == {"cash": 75000, "card": 200000}
    last = house.rows(Event, action="house_limit.set")[-1]
    assert (last.subject, last.before, last.after) == ("house_limit:cash", {"limit": 50000}, {"limit": 75000})
    assert "below zero" in manager.refused("/set-up/limits", cash="-1")


def test_who_was_slower_with_the_house_limits_sees_both(house: House, desk: Desk) -> None:
    manager = desk("manager")
    stale = manager.form("/set-up/limits") | {"cash": "800.00", "card": "2500.00"}
    desk("administrator").done("/set-up/limits", cash="750.00")
    answer = manager.send("/set-up/limits", stale)
    assert answer.status_code == 409
    assert "Meanwhile changed to: 750.00" in text_of(answer.text)
    assert 'value="800.00"' in answer.text
    limits = {row.method: row.limit_minor for row in house.rows(HouseLimit)}
    assert limits == {"cash": 75000, "card": 200000}
    again = next(fields for _m, at, fields in Forms(answer.text).found if at == "/set-up/limits")
    assert manager.send("/set-up/limits", dict(again)).status_code == 303
    assert {row.method: row.limit_minor for row in house.rows(HouseLimit)} == {"cash": 80000, "card": 250000}


def test_of_two_who_set_the_first_limit_at_once_one_is_told(house: House) -> None:
    def save(amount: str) -> None:
        limits = {"direct_bill": minor(amount)}
        in_unit_of_work(house.sessions, lambda session: windows.set_limits(session, 2, limits, CLERK))

    answers = at_once([partial(save, "100.00"), partial(save, "200.00"), partial(save, "300.00")])
    assert sorted(type(each).__name__ for each in answers) == ["ChangedMeanwhile", "ChangedMeanwhile", "NoneType"]
    (row,) = house.rows(HouseLimit, method="direct_bill")
    assert (row.version, len(house.rows(Event, subject="house_limit:direct_bill"))) == (1, 1)


def test_the_same_number_or_code_saved_twice_at_once_is_taken(house: House) -> None:
    """First saves on sessions of their own: whoever comes second is told by the name of what is taken."""

    def at_the_same_time(verb: Callable[..., object], *facts: object, **more: object) -> list[str]:
        work = partial(in_unit_of_work, house.sessions, lambda session: verb(session, *facts, **more))
        return sorted(type(each).__name__ for each in at_once([work] * 3) if isinstance(each, Exception))

    room = {"number": "301", "room_type_id": house.standard, "operator": CLERK}
    code = {"code": "GOLF", "name": "Golf", "kind": "charge", "department": "Spa", "operator": CLERK}
    spa = house.do(lambda session: ledger_codes.catalogue(session).codes["SPA"].folio_id)
    rate = {"code": "WEEK", "name": "Week", "operator": CLERK}
    assert at_the_same_time(rooms.add_room, **room) == ["RoomNumberTaken"] * 2
    assert at_the_same_time(users.add_user, NewUser("porter", "Porter"), CLERK) == ["UserCodeTaken"] * 2
    assert at_the_same_time(ledger_codes.add_code, **code, folio_id=spa) == ["CodeTaken"] * 2
    assert at_the_same_time(rates.add_rate, **rate) == ["RateTaken"] * 2


def test_two_rooms_renumbered_to_the_same_at_once_are_not_both(house: House) -> None:
    def renumber(number: str) -> None:
        work = lambda session: rooms.amend_room(session, house.rooms[number], 1, {"number": "999"}, CLERK)  # noqa: E731
        in_unit_of_work(house.sessions, work)

    answers = at_once([partial(renumber, number) for number in ("101", "102", "103")])
    assert sorted(type(each).__name__ for each in answers) == ["NoneType", "RoomNumberTaken", "RoomNumberTaken"]


# --- rooms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("101", ["101"]),
        ("101-104", ["101", "102", "103", "104"]),
        ("101 – 103, 201", ["101", "102", "103", "201"]),
        ("201 203;205", ["201", "203", "205"]),
        ("008-011", ["008", "009", "010", "011"]),
        ("A1-A3", ["A1", "A2", "A3"]),
        ("101 101-102", ["101", "102"]),
        ("Suite", ["Suite"]),
    ],
)
def test_rows_of_rooms_are_read_as_people_write_them(typed: str, numbers: list[str]) -> None:
    assert read_numbers(typed) == numbers


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("120-101", NumbersInvalid),
        (" , ", NumbersMissing),
        (None, NumbersMissing),
        ("1-999999", TooManyNumbers),
        ("1-400,1001-1400", TooManyNumbers),
    ],
)
def test_rows_of_rooms_that_cannot_be_meant_are_refused(typed: str | None, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        read_numbers(typed)


def test_a_room_type_is_added_with_a_row_of_rooms_sent_twice_and_entered_once(house: House, manager: Client) -> None:
    manager.done("/set-up/room-types/new", code="FAM", name="Family room")
    (family,) = house.rows(RoomType, code="FAM")
    form = manager.form("/set-up/rooms/new") | {"room_type": str(family.id), "numbers": "301-310", "floor": "3"}
    first, second = manager.send("/set-up/rooms/new", form), manager.send("/set-up/rooms/new", form)
    assert (first.status_code, second.status_code) == (303, 303)
    entered = house.rows(Room, room_type_id=family.id)
    assert [(room.number, room.floor) for room in entered] == [(str(number), "3") for number in range(301, 311)]
    assert "10 rooms were entered, 301 to 310." in manager.page("/set-up/rooms")


def test_a_number_that_is_taken_is_refused_beside_the_numbers_and_nothing_is_entered(
    house: House, manager: Client
) -> None:
    page = manager.refused("/set-up/rooms/new", room_type=str(house.standard), numbers="099-101")
    assert "Room 101 exists already." in page
    assert 'value="099-101"' in page
    assert len(house.rows(Room)) == 5


def test_a_room_is_renamed_and_closed_and_a_room_in_use_is_not(house: House, manager: Client) -> None:
    house.arrive(room="101")
    manager.done(f"/set-up/rooms/{house.rooms['104']}/edit", number="104A", floor="")
    manager.done(f"/set-up/rooms/{house.rooms['103']}/close")
    rooms = {room.id: (room.number, room.floor, room.until) for room in house.rows(Room)}
    assert rooms[house.rooms["104"]] == ("104A", None, None)
    assert rooms[house.rooms["103"]][2] == day(0)
    assert "Move that guest first." in manager.refused(f"/set-up/rooms/{house.rooms['101']}/close")
    assert "Room 102 exists already." in manager.refused(f"/set-up/rooms/{house.rooms['104']}/edit", number="102")


# --- codes and taxes --------------------------------------------------------------------------------------------


def test_a_new_charge_opens_its_own_control_folio(house: House, manager: Client) -> None:
    page = manager.done("/set-up/codes/new", sort="charge", code="sauna", name=NASTY, department="Rooms", price="12.50")
    assert NASTY not in page
    (code,) = house.rows(TransactionCode, code="SAUNA")
    (folio,) = house.rows(Folio, number="SAUNA")
    assert (code.kind, code.department, code.price_minor, code.folio_id) == ("charge", "Rooms", 1250, folio.id)
    assert folio.type == "control"


def test_tenders_are_added_with_the_folio_each_has(house: House, manager: Client) -> None:
    for sort, code in (("cash", "CASH2"), ("card", "DINERS"), ("direct_bill", "BILL2")):
        manager.done("/set-up/codes/new", sort=sort, code=code, name=code.title())
    found = {row.code: row for row in house.rows(TransactionCode, department="Payments")}
    assert [(found[code].tender, found[code].folio_id is None) for code in ("CASH2", "DINERS", "BILL2")] == [
        ("cash", True),
        ("card", False),
        ("direct_bill", True),
    ]
    assert house.rows(Folio, id=found["DINERS"].folio_id)[0].type == "permanent"


def test_a_code_whose_number_another_folio_has_gets_a_drawn_one(house: House, manager: Client) -> None:
    manager.done("/set-up/codes/new", sort="charge", code="SAFE", name="Safe rental", department="Rooms")
    (code,) = house.rows(TransactionCode, code="SAFE")
    (folio,) = house.rows(Folio, id=code.folio_id)
    assert folio.number != "SAFE"


def test_a_code_that_exists_or_cannot_be_said_is_refused_beside_it(house: House, manager: Client) -> None:
    before = len(house.rows(Folio))
    assert "exists already" in manager.refused("/set-up/codes/new", sort="charge", code="room", name="Room")
    assert "letters, digits" in manager.refused("/set-up/codes/new", sort="charge", code="a/b", name="x")
    assert "Choose one of these." in manager.refused("/set-up/codes/new", sort="magic", code="X", name="x")
    assert len(house.rows(Folio)) == before
    with pytest.raises(CodeTaken):
        house.do(codes.add_code, sort="charge", code="ROOM", name="x", department=None, operator=CLERK)


def test_a_code_is_amended_and_switched_off_and_a_name_too_long_is_refused(house: House, manager: Client) -> None:
    manager.done("/set-up/code/BAR/edit", name="Hotel bar", price_minor="4.20")
    manager.done("/set-up/code/BAR/off")
    (bar,) = house.rows(TransactionCode, code="BAR")
    assert (bar.name, bar.price_minor, bar.active) == ("Hotel bar", 420, False)
    assert "at most 100 fit" in manager.refused("/set-up/code/SPA/edit", name="x" * 5000)
    assert "cannot be stored" in manager.refused("/set-up/code/SPA/edit", name="a\0b")
    manager.done("/set-up/code/BAR/on")
    assert house.rows(TransactionCode, code="BAR")[0].active


def test_a_tax_is_added_with_its_first_rate_and_the_example_shows_what_a_hundred_becomes(
    house: House, manager: Client
) -> None:
    manager.done("/set-up/taxes/new", code="VAT", name="VAT 7 %", way="contained", rate="7")
    manager.done("/set-up/taxes/new", code="CITY", name="City tax", way="person_night", amount="2.50")
    page = text_of(manager.done("/set-up/code/ROOM/taxes", tax_0="VAT", tax_1="CITY"))
    assert "Net 93.46 VAT VAT 7 % 6.54 CITY City tax 2.50 The guest pays 102.50" in page
    assert {row.tax_code: (row.rate_ppm, row.amount_minor) for row in house.rows(TaxRate)} == {
        "VAT": (70000, 0),
        "CITY": (0, 250),
    }


def test_a_tax_added_to_the_price_with_a_stacked_service_charge_is_shown(manager: Client) -> None:
    manager.done("/set-up/taxes/new", code="SVC", name="Service", way="added", rate="10", service="y")
    manager.done("/set-up/taxes/new", code="GST", name="GST", way="added", rate="7.5", stacked="y")
    page = text_of(manager.done("/set-up/code/RESTAURANT/taxes", tax_0="SVC", tax_1="GST"))
    assert "SVC Service 10.00 GST GST 8.25 The guest pays 118.25" in page


def test_a_new_rate_counts_from_its_day_and_a_tax_without_a_rate_today_says_so(house: House, manager: Client) -> None:
    later = day(40).isoformat()
    manager.done("/set-up/taxes/new", code="VAT", name="VAT", way="contained", rate="19", valid_from=later)
    page = text_of(manager.done("/set-up/code/SPA/taxes", tax_0="VAT"))
    assert "Tax VAT has no rate on" in page
    assert "A tax has no rate valid today" in text_of(manager.page("/set-up"))
    manager.done("/set-up/code/VAT/rate", valid_from=day(0).isoformat(), rate="16")
    assert "The guest pays 100.00" in text_of(manager.page("/set-up/code/SPA"))
    assert "13.79" in manager.page("/set-up/code/SPA")
    assert [row.rate_ppm for row in house.rows(TaxRate, tax_code="VAT")] == [160000, 190000]


@pytest.mark.parametrize("typed", ["abc", "1e5", "7.00001", "2000", "-1", "NaN"])
def test_a_rate_that_is_no_percentage_is_refused(house: House, manager: Client, typed: str) -> None:
    page = manager.refused("/set-up/taxes/new", code="VAT", name="VAT", way="contained", rate=typed)
    assert f'value="{typed}"' in page
    assert house.rows(TaxRate) == []


def test_taxes_chosen_by_two_at_once_are_not_lost_silently(house: House, manager: Client) -> None:
    for code in ("VAT", "GST"):
        manager.done("/set-up/taxes/new", code=code, name=code, way="added", rate="5")
    stale = manager.form("/set-up/code/BAR/taxes")
    manager.done("/set-up/code/BAR/taxes", tax_0="VAT")
    answer = manager.send("/set-up/code/BAR/taxes", stale | {"tax_0": "GST"})
    assert answer.status_code == 409
    assert [row.tax_code for row in house.rows(CodeTax, transaction_code="BAR")] == ["VAT"]
    with pytest.raises(ChangedMeanwhile):
        house.do(codes.set_taxes, "BAR", ["GST"], [], CLERK)


@pytest.mark.parametrize("address", ["/set-up/code/NOTHING", "/set-up/code/a%00b", "/set-up/code/" + "x" * 3000])
def test_a_code_that_is_not_there_is_no_page(manager: Client, address: str) -> None:
    assert manager.get(address).status_code == 404


def test_a_code_with_any_character_in_it_has_a_page_of_its_own(house: House, manager: Client) -> None:
    odd = "F&B/50%?#"
    house.do(codes.add_code, sort="charge", code=odd, name="Odd", department=None, operator=CLERK)
    page = manager.page("/set-up/codes")
    address = next(each for each in re.findall(r'href="(/set-up/code/[^"]+)"', page) if "50" in each)
    assert "Odd" in manager.page(address)
    address = address.replace("%2F", "/")
    answer = manager.submit(f"{address}/edit", name="Even")
    assert answer.status_code == 303
    assert house.rows(TransactionCode, code=odd)[0].name == "Even"


# --- rates ------------------------------------------------------------------------------------------------------


def test_a_rate_is_added_priced_per_type_and_its_gaps_are_shown(house: House, manager: Client) -> None:
    manager.done("/set-up/rates/new", code="week", name="Weekly", transaction_code="ROOM", meal_plan="breakfast")
    period = {"from_date": day(0).isoformat(), "to_date": day(30).isoformat()}
    manager.done("/set-up/rate/WEEK/prices", **period, **{f"price_{house.standard}": "80.00"})
    later = {"from_date": day(60).isoformat(), "to_date": day(400).isoformat()}
    page = manager.done("/set-up/rate/WEEK/prices", **later, **{f"price_{house.standard}": "85"})
    assert [(row.price_minor, row.to_date) for row in house.rows(RatePrice, rate_code="WEEK")] == [
        (8000, day(30)),
        (8500, day(400)),
    ]
    assert f"from_date={day(30)}&amp;to_date={day(60)}" in page
    assert f"from_date={day(0)}&amp;to_date={day(365)}" in page  # the suite has none at all
    (rate,) = house.rows(RateCode, code="WEEK")
    assert (rate.name, rate.meal_plan) == ("Weekly", "breakfast")


def test_prices_need_a_period_and_at_least_one_amount(house: House, manager: Client) -> None:
    period = {"from_date": day(5).isoformat(), "to_date": day(3).isoformat()}
    price = {f"price_{house.suite}": "90"}
    assert "must end after it begins" in manager.refused("/set-up/rate/BAR/prices", **period, **price)
    period["to_date"] = day(9).isoformat()
    assert "at least one room type" in manager.refused("/set-up/rate/BAR/prices", **period)
    assert "below zero" in manager.refused("/set-up/rate/BAR/prices", **period, **{f"price_{house.suite}": "-1"})
    assert "There is no such day" in manager.refused("/set-up/rate/BAR/prices", from_date="2026-02-30", to_date="x")
    assert len(house.rows(RatePrice)) == 2


def test_a_rate_is_copied_with_its_prices_to_come_some_percent_cheaper(house: House, manager: Client) -> None:
    manager.done("/set-up/rate/BAR/copy", code="corp", name="Corporate", change="-12.5")
    copied = house.rows(RatePrice, rate_code="CORP")
    assert [(row.price_minor, row.from_date, row.to_date) for row in copied] == [
        (8750, day(0), day(300)),
        (21875, day(0), day(300)),
    ]
    assert "exists already" in manager.refused("/set-up/rate/BAR/copy", code="CORP", name="x")
    assert "100 percent at most" in manager.refused("/set-up/rate/BAR/copy", code="LOW", name="x", change="-101")
    with pytest.raises(rates.RateUnknown):
        house.do(rates.copy_rate, "NONE", code="X", name="x", change_ppm=0, since=day(0), operator=CLERK)


def test_a_rate_is_no_longer_sold_and_a_stale_save_is_refused(house: House, manager: Client) -> None:
    stale = manager.form("/set-up/rate/BAR/edit")
    form = manager.form("/set-up/rate/BAR/edit")
    del form["active"]
    assert manager.send("/set-up/rate/BAR/edit", form).status_code == 303
    assert not house.rows(RateCode, code="BAR")[0].active
    answer = manager.send("/set-up/rate/BAR/edit", stale | {"name": "Other"})
    assert answer.status_code == 409
    assert "no longer sold" in manager.page("/set-up/rates")


@pytest.mark.parametrize("address", ["/set-up/rooms/0/edit", f"/set-up/rooms/{10**30}/edit", "/set-up/rate/NO/prices"])
def test_what_is_not_there_cannot_be_set_up(manager: Client, address: str) -> None:
    assert manager.get(address).status_code == 404
