"""Whole stays, told as they happen at the desk. After each one the books and the house are proved."""

from __future__ import annotations

from folios.charges import Charge, ChargeLine, charge
from folios.drafts import Origin
from folios.folios import close_folio
from folios.payments import Payment, refund
from frontoffice import departures, deposits, reservations, stays, windows
from frontoffice.companies import add_company, receivable_folio
from frontoffice.lifecycle import standing
from frontoffice.nights import override_price
from tests.frontoffice.house import CLERK, House, day, euro, minor


def test_a_guest_books_pays_a_deposit_stays_two_nights_and_leaves(house: House) -> None:
    # A reservation for tomorrow, with 50.00 paid in advance: the hotel owes it until the guest comes.
    stay = house.book(1, 3)
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro("50.00"), origin=Origin(CLERK))
    deposit = house.stay(stay).deposit_folio_id
    assert house.balance(deposit) == "-50.00"

    # The next day the guest is due in, and goes to room 102. The deposit is now on the bill.
    house.end_day()
    assert standing(house.stay(stay), day(1)) == "due_in"
    house.check_in(stay, "102")
    assert house.balance(house.window(stay)) == "-50.00"
    assert house.balance(deposit) == "0.00"
    assert house.room("102") == ("occupied", "clean")

    # Two nights and a dinner later, what is left is paid, and the room is there to be cleaned.
    house.end_day()
    house.charge(stay, "34.50")
    assert standing(house.stay(stay), day(2)) == "stay_over"
    house.end_day()
    assert standing(house.stay(stay), day(3)) == "due_out"
    assert house.balance(house.window(stay)) == "184.50"
    house.pay(stay, "184.50")
    house.check_out(stay)
    assert house.room("102") == ("vacant", "dirty")
    assert standing(house.stay(stay), day(3)) == "departed"
    assert [house.figures(number).in_house for number in range(4)] == [0, 1, 1, 0]


def test_a_prepaid_stay_is_cancelled_and_the_money_given_back(house: House) -> None:
    # Worked example 19 (Nitesoft, prepaid then cancelled, refunded): 1,120 in, 1,120 back, nothing left anywhere.
    stay = house.book(5, 6)
    paid = house.do(deposits.take_deposit, stay, code="VISA", amount=euro("1120.00"), origin=Origin(CLERK))
    deposit = house.stay(stay).deposit_folio_id
    assert (house.balance(deposit), house.balance_of("VISA")) == ("-1120.00", "1120.00")

    house.do(reservations.cancel, stay, CLERK, "plans changed")
    house.do(refund, Payment(deposit, "VISA", euro("1120.00")), Origin(CLERK), "cancelled in time", paid.voucher_id)
    house.do(close_folio, deposit, CLERK)
    assert (house.balance(deposit), house.balance_of("VISA")) == ("0.00", "0.00")
    assert house.figures(0).cancellations == 1


def test_a_late_cancellation_keeps_a_part_of_the_deposit_as_a_fee(house: House) -> None:
    stay = house.book(0, 2)
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro("150.00"), origin=Origin(CLERK))
    house.do(reservations.cancel, stay, CLERK, "called on the day")

    # The deposit goes to a window of the cancelled stay, the fee is charged there, and the rest is given back.
    folio = house.do(deposits.apply_deposit, stay, CLERK).folio_id
    house.do(charge, Charge(folio, (ChargeLine("CANCEL", euro("100.00")),)), Origin(CLERK))
    house.do(refund, Payment(folio, "VISA", euro("50.00")), Origin(CLERK), "less the first night")
    house.do(close_folio, folio, CLERK)
    assert house.balance_of("VISA") == "100.00"


def test_a_no_show_turns_up_the_next_day_with_the_deposit_he_paid(house: House) -> None:
    stay = house.book(0, 2)
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro("80.00"), origin=Origin(CLERK))
    house.end_day()
    assert house.stay(stay).status == "no_show"
    assert house.figures(0).no_shows == 1

    # He is booked anew, his deposit moved to the new stay, and he checks in.
    again = house.book(1, 2, "103")
    house.do(deposits.move_deposit, stay, again, Origin(CLERK))
    house.check_in(again)
    assert house.balance(house.window(again)) == "-80.00"


def test_a_guest_walks_in_and_stays_for_one_night(house: House) -> None:
    stay = house.do(stays.walk_in, house.booking(0, 1, "104", payment_method="card"), CLERK)
    assert (stay.status, house.room("104")) == ("in_house", ("occupied", "clean"))

    house.end_day()
    assert house.room("104") == ("occupied", "dirty")
    house.leave(stay.id)
    assert house.figures(0).rooms_sold == 1


def test_a_guest_moves_to_the_suite_in_the_middle_of_the_stay(house: House) -> None:
    stay = house.arrive(departure=4, room="101")
    house.end_day()
    house.do(stays.move, stay, house.rooms["201"], CLERK, reason="the tap drips")

    # The night slept in 101 stays there; the price was agreed for the stay.
    assert house.nights(stay) == [
        (0, "101", "100.00"),
        (1, "201", "100.00"),
        (2, "201", "100.00"),
        (3, "201", "100.00"),
    ]
    assert house.room("101") == ("vacant", "dirty")
    assert house.room("201") == ("occupied", "clean")
    house.clean("101")
    assert house.book(1, 4, "101")

    for _ in range(3):
        house.end_day()
    house.leave(stay)
    assert house.room("201") == ("vacant", "dirty")


def test_a_guest_leaves_two_nights_early_and_the_nights_can_be_sold(house: House) -> None:
    for room in ("102", "103", "104"):
        house.book(0, 4, room)
    stay = house.arrive(departure=4, room="101")
    house.end_day()
    house.end_day()
    house.leave(stay)
    assert house.nights(stay) == [(0, "101", "100.00"), (1, "101", "100.00")]
    assert house.stay(stay).departure == day(2)

    house.clean("101")
    assert house.arrive(arrival=2, departure=4, room="101")


def test_a_guest_who_left_comes_back_the_same_day_and_stays_on(house: House) -> None:
    stay = house.arrive(departure=1)
    house.end_day()
    house.leave(stay)
    folio = house.window(stay)

    # The train did not go. The same room, the same bill, one more night.
    house.do(stays.reinstate, stay, CLERK)
    assert (house.stay(stay).status, house.room("101")) == ("in_house", ("occupied", "dirty"))
    house.do(stays.extend, stay, day(2), CLERK)
    house.charge(stay, "12.00", "BAR")
    house.end_day()
    assert house.balance(folio) == "112.00"
    house.leave(stay)
    assert [house.figures(number).in_house for number in range(3)] == [1, 1, 0]
    assert house.figures(1).departures == 0


def test_a_room_is_used_by_day_and_sold_for_the_night(house: House) -> None:
    for room in ("102", "103", "104"):
        house.book(0, 1, room)
    by_day = house.book(0, 0, "101")
    for_the_night = house.book(0, 1, "101")

    house.check_in(by_day)
    house.do(override_price, by_day, [day(0)], minor("45.00"), "six hours", CLERK)
    house.charge_nights(by_day)
    house.pay(by_day, "45.00")
    house.check_out(by_day)

    house.clean("101")
    house.check_in(for_the_night)
    house.end_day()
    figures = house.figures(0)
    assert (figures.arrivals, figures.departures, figures.in_house, figures.rooms_sold) == (2, 1, 1, 1)


def test_the_room_goes_to_the_company_and_the_extras_to_the_guest(house: House) -> None:
    company = house.do(add_company, CLERK, code="ACME", name="Acme Ltd.")
    stay = house.arrive(departure=1, company_id=company.id)
    extras = house.do(windows.open_window, stay, CLERK, name="Extras").window
    house.charge(stay, "20.00", "MINIBAR", window=extras)
    house.end_day()

    # Window 1 is billed to the company, window 2 is paid by the guest.
    receivable = house.do(receivable_folio, company.id, CLERK).id
    bill = Payment(house.window(stay), "BILL", euro("100.00"), tender_folio_id=receivable)
    from folios.payments import pay

    house.do(pay, bill, Origin(CLERK))
    assert [each.code for each in house.do(departures.departure_obstacles, stay)] == ["window.owes"]
    house.pay(stay, "20.00", window=extras)
    house.check_out(stay)
    assert house.balance(receivable) == "100.00"


def test_a_check_in_into_the_wrong_room_is_reversed_with_its_deposit(house: House) -> None:
    stay = house.book(0, 2, "101")
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro("50.00"), origin=Origin(CLERK))
    house.check_in(stay)
    house.do(stays.reverse_check_in, stay, CLERK)
    assert (house.stay(stay).status, house.room("101")) == ("confirmed", ("vacant", "clean"))
    assert house.balance(house.stay(stay).deposit_folio_id) == "-50.00"

    house.check_in(stay, "102")
    assert house.balance(house.window(stay)) == "-50.00"
    assert house.nights(stay) == [(0, "102", "100.00"), (1, "102", "100.00")]
