"""The walk-in, the room move, and the breakfast that was posted to the wrong room."""

from __future__ import annotations

from collections.abc import Callable

from frontoffice.models.guests import Guest
from tests.browser.hotel_of_stories import booked_on, lines, only_stay, vouchers, with_shift
from tests.browser.person import Person
from tests.frontoffice.house import House

Sits = Callable[..., Person]


def test_a_walk_in_pays_at_once_and_leaves_in_the_morning(at_desk: Sits, house: House) -> None:
    with_shift(house)
    person = at_desk("cashier")

    # Guest, room, night and payment on one page.
    person.opens("/")
    person.key("k")
    assert person.focused() == "Surname"
    person.types("Wanderer")
    person.fills(id_document="ID 7", country="PT", nights="1", room_id="102", payment_method="cash")
    person.fills(pay_amount="100.00", pay_code="CASH")
    person.sends()
    person.is_told("Wanderer is checked in.")
    person.sees("in house", "102")
    stay = only_stay(house)
    folio = house.window(stay.id)
    assert house.balance(folio) == "-100.00"
    assert [guest.country for guest in house.rows(Guest, surname="Wanderer")] == ["PT"]
    assert (house.nights(stay.id), house.room("102")[0]) == ([(0, "102", "100.00")], "occupied")

    # In the morning nothing stands in the way any more: one key, and the guest is gone.
    house.end_day()
    person.key("g", "d")
    person.follows("102", "Wanderer")
    person.key("o")
    person.sees("Nothing. Every window stands at zero.")
    person.sends()
    person.is_told("is checked out")
    assert person.focused().startswith("To the front desk")
    person.sends()
    person.sees("Nobody has to leave any more today.")

    assert (only_stay(house).status, house.room("102")) == ("departed", ("vacant", "dirty"))
    assert lines(house, folio) == [("CASH", "-100.00"), ("ROOM", "100.00")]
    assert booked_on(house, "DRAWER") == "200.00"


def test_a_guest_moves_to_another_room_and_the_bill_moves_along(at_desk: Sits, house: House) -> None:
    with_shift(house)
    stay = house.arrive(2, payment_method="card")
    house.charge(stay, "20.00")
    house.end_day()
    person = at_desk("cashier")

    person.opens("/")
    person.goes_to("101")
    person.key("m")
    assert person.focused() == "Room"
    person.fills(room_id="103", reason="noise from the street")
    person.sends()
    person.is_told("The guest was moved.")
    assert house.nights(stay) == [(0, "101", "100.00"), (1, "103", "100.00")]
    assert (house.room("101"), house.room("103")[0]) == (("vacant", "dirty"), "occupied")

    # The search finds the guest in the new room, with everything that was posted in the old one.
    person.goes_to("103")
    person.sees("noise from the street")
    person.key("f")
    person.sees("120.00")
    person.opens_panel("p", "Post a charge")
    person.fills(code="Bar", price="8.00")
    person.sends()
    person.is_told("8.00 EUR was posted.")
    house.end_day()

    person.key("o")
    person.sees("window 1 still owes 228.00")
    person.opens_panel("y", "Take a payment")
    person.fills(code="Visa")
    person.sends()
    person.key("o")
    person.is_told("is checked out")
    assert (house.stay(stay).status, house.room("103")) == ("departed", ("vacant", "dirty"))
    assert house.balance_of("VISA") == "228.00"


def test_a_breakfast_on_the_wrong_room_is_taken_back_and_posted_right(at_desk: Sits, house: House) -> None:
    with_shift(house)
    wrong, right = house.arrive(room="101"), house.arrive(room="102")
    person = at_desk("cashier")

    def post(room: str) -> None:
        person.goes_to(room)
        person.key("f")
        person.opens_panel("p", "Post a charge")
        person.fills(code="Breakfast", price="18.00", quantity="2", check_number="4711")
        person.sends()
        person.is_told("36.00 EUR was posted.")

    person.opens("/")
    post("101")
    assert (house.balance(house.window(wrong)), house.balance(house.window(right))) == ("36.00", "0.00")

    # Found by the number of the check, on the same day.
    person.goes_to("4711")
    person.sees("Breakfast", "36.00")
    person.goes_to("101")
    person.key("f")
    person.ticks("BREAKFAST")
    person.opens_panel("c", "Correct")
    person.sees("Lines: 1, in all 36.00")
    person.sends()
    person.sees("Fill this in.")
    assert person.focused() == "Reason"
    person.types("posted to the wrong room")
    person.sends()
    person.is_told("36.00 EUR was taken back.")
    person.sees("corrected", "posted to the wrong room")
    post("102")

    assert (house.balance(house.window(wrong)), house.balance(house.window(right))) == ("0.00", "36.00")
    first, second = vouchers(house, "charge")
    (correction,) = vouchers(house, "correction")
    assert (correction.corrects_voucher_id, correction.operator) == (first.id, "cashier")
    assert (first.check_number, second.check_number) == ("4711", "4711")
    assert (correction.reason, booked_on(house, "BREAKFAST")) == ("posted to the wrong room", "-36.00")
