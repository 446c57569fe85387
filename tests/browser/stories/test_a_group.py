"""Ten rooms of a choir: in together, everything to the master, one payment, all bills in one file, out together."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from playwright.sync_api import expect
from pypdf import PdfReader

from frontoffice import jobs
from frontoffice.models.desk import GroupMember, StayGroup
from frontoffice.models.stays import Stay
from tests.browser.hotel_of_stories import lines, vouchers, with_group, with_rooms, with_shift
from tests.browser.person import Person
from tests.frontoffice.house import House

Sits = Callable[..., Person]

ROOMS = ("101", "102", "103", "104", "301", "302", "303", "304", "305", "306")


def test_a_group_of_ten_settles_on_its_master_and_leaves_together(at_desk: Sits, house: House) -> None:
    with_shift(house)
    with_rooms(house, *ROOMS[4:])
    group = with_group(house, ROOMS)
    (entered,) = house.rows(StayGroup, id=group)
    members = [each.stay_id for each in house.rows(GroupMember, group_id=group)]
    person = at_desk("cashier")

    # All ten come in with one key and Enter.
    person.opens("/")
    person.key("g", "g")
    person.follows("CHOIR")
    person.key("i")
    person.sees("For all stays of the group.")
    person.sends()
    assert {each.status for each in house.rows(Stay)} == {"in_house"}
    for stay, amount in zip(members[:2], ("30.00", "12.00"), strict=True):
        house.charge(stay, amount, "BAR")
    house.end_day()

    # Nobody can leave yet, and the way out is one key.
    person.key("o")
    person.sees("10 cannot leave yet.", "1,042.00")
    person.key("t")
    person.fills(reason="the choir pays everything")
    person.sends()
    person.is_told("10 windows were moved to the master.")
    assert [house.balance(house.window(stay)) for stay in members] == ["0.00"] * 10
    assert house.balance(entered.folio_id) == "1042.00"

    # The master is paid in one go.
    person.key("f")
    person.sees("Balance EUR 1,042.00")
    person.opens_panel("y", "Take a payment")
    person.fills(code="Mastercard")
    person.sends()
    person.is_told("1,042.00 EUR was paid. The balance is 0.00 EUR.")

    # The bills are made beside the desk, into one file.
    person.key("g", "g")
    person.follows("CHOIR")
    person.key("b")
    person.sends()
    person.is_told("The bills are being made.")
    assert jobs.work_one(house.sessions)
    expect(person.page.locator("#job")).to_contain_text("Done at", timeout=10_000)
    link = person.page.locator("#job a[data-key=p]")
    file = person.page.request.get(person.address + str(link.get_attribute("href")))
    printed = PdfReader(BytesIO(file.body()))
    text = "".join(page.extract_text() for page in printed.pages)
    assert "Choir" in text
    assert "1,042.00" in text

    # All out together.
    person.key("g", "g")
    person.follows("CHOIR")
    person.key("o")
    person.does_not_see("cannot leave yet")
    person.sends()
    assert {each.status for each in house.rows(Stay)} == {"departed"}
    assert {house.room(number) for number in ROOMS} == {("vacant", "dirty")}
    assert [amount for code, amount in lines(house, entered.folio_id) if code == "MASTERCARD"] == ["-1042.00"]
    assert len(vouchers(house, "payment")) == 1
