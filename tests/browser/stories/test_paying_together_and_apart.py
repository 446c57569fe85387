"""Who pays for what: the traveller whose company pays the room, and the couple who pay half and half."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.hotel_of_stories import (
    booked_on,
    lines,
    only_stay,
    owed_by,
    vouchers,
    with_company,
    with_shift,
    with_tax,
)
from tests.browser.person import Person
from tests.frontoffice.house import House

Sits = Callable[..., Person]


def test_the_company_pays_the_room_and_the_traveller_the_minibar(at_desk: Sits, house: House) -> None:
    acme = with_company(house)
    with_tax(house, "7", "ROOM")
    with_shift(house)
    person = at_desk("cashier")

    # The reservation, with every price on the screen before it is made.
    person.opens("/")
    person.key("n")
    assert person.focused() == "Surname"
    person.types("Traveller")
    person.fills(nights="1", room_type_id="STD", room="101", payment_method="card", company="ACME")
    person.sees("Total")
    person.sends()
    person.is_told("Reservation 1 was booked.")

    # The arrival.
    person.key("i")
    assert person.focused() == "Room"
    person.sees("101")
    person.fills(id_document="ID 1")
    person.sends()
    person.is_told("is checked in")
    stay = only_stay(house)
    assert (stay.status, house.room("101")[0]) == ("in_house", "occupied")

    # A window for the company.
    person.key("f")
    person.opens_panel("w", "New window")
    person.fills(name="Acme Works")
    person.sends()
    person.is_told("Window 2 was opened.")
    person.goes_to("101")
    person.key("f")

    # The minibar, on the guest's own window.
    person.opens_panel("p", "Post a charge")
    person.fills(code="Minibar", price="12.50")
    person.sends()
    person.is_told("12.50 EUR was posted.")

    # The night charges the room; in the morning it goes to the company.
    house.end_day()
    person.page.reload()
    person.ticks("ROOM")
    person.opens_panel("t", "Transfer")
    person.sees("Lines: 1, in all 100.00")
    person.fills(to="Window 2")
    person.sends()
    person.is_told("100.00 EUR was moved")
    own, company = house.window(stay.id), house.window(stay.id, 2)
    assert (house.balance(own), house.balance(company)) == ("12.50", "100.00")

    # The check-out: the guest by card, the company by direct bill.
    person.key("o")
    person.sees("window 1 still owes 12.50", "window 2 still owes 100.00")
    person.opens_panel("y", "Take a payment")
    person.fills(code="Visa")
    person.sends()
    person.is_told("12.50 EUR was paid. The balance is 0.00 EUR.")
    person.opens_panel("y", "Take a payment")
    person.fills(code="Direct bill")
    person.sends()
    person.is_told("100.00 EUR was paid.")
    person.key("o")
    person.is_told("is checked out")

    assert only_stay(house).status == "departed"
    assert house.room("101") == ("vacant", "dirty")
    assert lines(house, own)[0] == ("MINIBAR", "12.50")
    assert lines(house, own)[-1] == ("VISA", "-12.50")
    assert lines(house, company)[-1] == ("BILL", "-100.00")
    assert owed_by(house, acme) == "100.00"
    assert (house.balance_of("VISA"), booked_on(house, "VAT")) == ("12.50", "-6.54")
    assert len(vouchers(house, "payment")) == 2


def test_a_couple_pays_every_line_half_and_half(at_desk: Sits, house: House) -> None:
    with_shift(house)
    stay = house.arrive(1, payment_method="cash")
    house.charge(stay, "33.35")
    house.end_day()
    person = at_desk("cashier")

    # A window for the other one.
    person.opens("/")
    person.goes_to("101")
    person.key("f")
    person.opens_panel("w", "New window")
    person.fills(name="Guest, Ms.")
    person.sends()
    person.is_told("Window 2 was opened.")
    person.sees("1 · Guest, Mr.", "2 · Guest, Ms.")

    # Each line in two halves; the odd cent goes to one of them.
    person.goes_to("101")
    person.key("f")
    for code, half in (("RESTAURANT", "16.68"), ("ROOM", "50.00")):
        person.ticks(code)
        person.opens_panel("s", "Split")
        person.comes_to(f"part_{house.window(stay, 2)}")
        person.types("1")
        person.sends()
        person.is_told(f"{half} EUR was moved.")
    one, other = house.window(stay), house.window(stay, 2)
    assert (house.balance(one), house.balance(other)) == ("66.67", "66.68")

    # One pays in cash, the other by card; then they leave.
    person.key("o")
    person.sees("window 1 still owes 66.67", "window 2 still owes 66.68")
    for code, paid in (("Cash", "66.67"), ("Mastercard", "66.68")):
        person.opens_panel("y", "Take a payment")
        person.fills(code=code)
        person.sends()
        person.is_told(f"{paid} EUR was paid. The balance is 0.00 EUR.")
    person.sees("Nothing. Every window stands at zero.")
    assert person.focused().startswith("Check out")
    person.sends()
    person.is_told("is checked out")

    assert (house.stay(stay).status, house.balance(one), house.balance(other)) == ("departed", "0.00", "0.00")
    assert lines(house, one)[-1] == ("CASH", "-66.67")
    assert lines(house, other) == [("RESTAURANT", "16.68"), ("ROOM", "50.00"), ("MASTERCARD", "-66.68")]
    assert booked_on(house, "DRAWER") == "166.67"
