"""Stays from the check-in on: checked in, moved, extended, shortened, checked out, and taken back on the same day."""

from __future__ import annotations

from typing import Any

import pytest

from folios import business_day
from folios.drafts import Origin
from folios.errors import AmountTooLarge, HouseLimitExceeded, TextTooLong
from folios.folios import close_folio
from folios.models import Folio
from folios.money import MOST_MINOR
from frontoffice import departures, deposits, nights, rates, reservations, rooms, signals, stays, windows
from frontoffice.assignment import RoomTaken
from frontoffice.availability import TypeSoldOut
from frontoffice.lifecycle import StateForbids, StayUnknown
from frontoffice.models.stays import HouseLimit, StayWindow
from frontoffice.nights import AgreedPrice
from frontoffice.reservations import ArrivalInPast, StayTooLong
from frontoffice.stays import CheckIn
from frontoffice.windows import LimitNegative, MethodUnknown, NoWindowLeft
from tests.folios.hotel import statements
from tests.frontoffice.house import AUDITOR, CLERK, House, day, euro, minor

# --- checking in ------------------------------------------------------------------------------------------------


def test_a_check_in_occupies_the_room_and_opens_the_first_window(house: House) -> None:
    stay = house.book(0, 2, "101")
    checked_in = house.check_in(stay)
    assert (checked_in.status, checked_in.checked_in_on, checked_in.version) == ("in_house", day(0), 2)
    assert house.room("101") == ("occupied", "clean")
    (folio,) = house.rows(Folio, id=house.window(stay))
    assert (folio.type, folio.ledger, folio.name, folio.house_limit_minor) == (
        "individual",
        "guest",
        "Guest, Mr.",
        minor("500.00"),
    )
    (told,) = house.told("stay.checked_in")
    assert (told.subject, told.after["departure"]) == (f"stay:{stay}", "2026-03-03")


def test_a_room_is_chosen_at_the_desk(house: House) -> None:
    stay = house.book(0, 2, "101")
    assert house.check_in(stay, "103").room_id == house.rooms["103"]
    assert house.nights(stay) == [(0, "103", "100.00"), (1, "103", "100.00")]
    assert house.room("101") == ("vacant", "clean")


def test_a_stay_without_a_room_does_not_check_in(house: House) -> None:
    stay = house.book(0, 2)
    with house.refuses(stays.NoRoom):
        house.check_in(stay)


def test_a_stay_does_not_check_in_on_another_day(house: House) -> None:
    early = house.book(1, 2, "101")
    with house.refuses(stays.NotArrivalDay, arrival=day(1), day=day(0)):
        house.check_in(early)
    late = house.book(0, 3, "102")
    house.do(business_day.roll, AUDITOR)
    with house.refuses(stays.NotArrivalDay, arrival=day(0), day=day(1)):
        house.check_in(late)


def test_a_stay_does_not_check_in_twice(house: House) -> None:
    stay = house.arrive()
    with house.refuses(StateForbids, state="in_house", verb="check_in"):
        house.check_in(stay)
    with house.refuses(StayUnknown):
        house.check_in(999)


def test_an_occupied_room_is_refused(house: House) -> None:
    by_day = house.arrive(departure=0, room="101")
    tonight = house.book(0, 1, "101")
    with house.refuses(rooms.RoomOccupied, room="101"):
        house.check_in(tonight)
    house.leave(by_day)


@pytest.mark.parametrize(("condition", "ready"), [("clean", True), ("inspected", True), ("dirty", False)])
def test_a_room_must_be_clean_or_inspected(house: House, condition: str, ready: bool) -> None:
    stay = house.book(0, 1, "101")
    house.do(rooms.set_condition, [house.rooms["101"]], condition, "housekeeper")
    if ready:
        house.check_in(stay)
    else:
        with house.refuses(rooms.RoomNotReady, condition="dirty"):
            house.check_in(stay)


def test_a_room_that_went_out_of_service_needs_somebody_to_accept_it(house: House) -> None:
    stay = house.book(0, 2, "101")
    facts = {"from_date": day(0), "to_date": day(1), "reason": "lamp", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["101"], kind="out_of_service", **facts)
    house.do(rooms.put_out, house.rooms["102"], kind="out_of_order", **facts)
    with house.refuses(rooms.RoomOutOfService):
        house.check_in(stay)
    with house.refuses(rooms.RoomOutOfOrder):
        house.check_in(stay, "102", accept_out_of_service=True)
    house.check_in(stay, accept_out_of_service=True)


def test_a_room_given_to_somebody_else_is_refused_at_the_desk(house: House) -> None:
    stay, other = house.book(0, 2), house.book(1, 2, "101")
    with house.refuses(RoomTaken, stay=other, day=day(1)):
        house.check_in(stay, "101")


def test_two_stays_of_one_call_do_not_go_into_the_same_room(house: House) -> None:
    by_day, tonight = house.book(0, 0, "101"), house.book(0, 1, "101")
    with house.refuses(rooms.RoomOccupied):
        house.do(stays.check_in_all, [CheckIn(by_day), CheckIn(tonight)], CLERK)


def test_the_deposit_is_on_the_bill_after_the_check_in(house: House) -> None:
    stay = house.book(0, 2, "101")
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro("50.00"), origin=Origin(CLERK))
    house.check_in(stay)
    (deposit,) = house.rows(Folio, id=house.stay(stay).deposit_folio_id)
    assert (deposit.ledger, deposit.status, deposit.balance_minor) == ("deposit", "closed", 0)
    assert house.balance(house.window(stay)) == "-50.00"


def test_a_deposit_that_was_given_back_leaves_nothing_to_move(house: House) -> None:
    from folios.payments import Payment, refund

    stay = house.book(0, 2, "101")
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro("50.00"), origin=Origin(CLERK))
    payment = Payment(house.stay(stay).deposit_folio_id, "VISA", euro("50.00"))
    house.do(refund, payment, Origin(CLERK), "changed their mind")
    house.check_in(stay)
    assert house.balance(house.window(stay)) == "0.00"


def test_a_walk_in_is_booked_and_checked_in_or_neither(house: House) -> None:
    assert house.do(stays.walk_in, house.booking(0, 1, "101"), CLERK).status == "in_house"
    house.do(rooms.set_condition, [house.rooms["102"]], "dirty", "housekeeper")
    for booking, refusal in (
        (house.booking(0, 1, "102"), rooms.RoomNotReady),
        (house.booking(0, 1), stays.NoRoom),
        (house.booking(1, 2, "103"), stays.NotArrivalDay),
        (house.booking(-1, 2, "103"), ArrivalInPast),
    ):
        with house.refuses(refusal):
            house.do(stays.walk_in, booking, CLERK)


# --- house limits and windows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "given", "limit"),
    [
        (None, None, "500.00"),
        ("cash", None, "500.00"),
        ("card", None, "2000.00"),
        ("direct_bill", None, None),
        ("cash", "50.00", "50.00"),
    ],
)
def test_the_house_limit_follows_from_the_method_of_payment_unless_given(
    house: House, method: str | None, given: str | None, limit: str | None
) -> None:
    stay = house.book(0, 1, "101", payment_method=method)
    house.check_in(stay, house_limit_minor=minor(given) if given else None)
    (folio,) = house.rows(Folio, id=house.window(stay))
    assert folio.house_limit_minor == (minor(limit) if limit else None)


def test_the_house_limit_holds_for_the_guest(house: House) -> None:
    stay = house.arrive()
    house.charge(stay, "470.00")
    with house.refuses(HouseLimitExceeded) as refused:
        house.charge(stay, "45.00")
    assert refused.value.text() == "House limit 500.00, balance 470.00, requested 45.00."


def test_a_house_limit_that_cannot_be_is_refused(house: House) -> None:
    for method, limit, refusal in (
        ("shells", 1, MethodUnknown),
        ("cash", -1, LimitNegative),
        ("cash", MOST_MINOR + 1, AmountTooLarge),
    ):
        with house.refuses(refusal):
            house.do(windows.set_limit, method, limit, CLERK)
    house.do(windows.set_limit, "cash", None, CLERK)
    assert [row.limit_minor for row in house.rows(HouseLimit, method="cash")] == [None]
    assert house.told("house_limit.set")[-1].before == {"limit": minor("500.00")}


def test_a_stay_has_up_to_eight_windows(house: House) -> None:
    stay = house.arrive()
    numbers = [house.do(windows.open_window, stay, CLERK, name=f"Window {number}").window for number in range(2, 9)]
    assert numbers == [2, 3, 4, 5, 6, 7, 8]
    assert house.rows(Folio, id=house.window(stay, 2))[0].name == "Window 2"
    with house.refuses(NoWindowLeft, most=8):
        house.do(windows.open_window, stay, CLERK)
    expected = house.book(1, 2)
    with house.refuses(StateForbids):
        house.do(windows.open_window, expected, CLERK)


# --- moving -----------------------------------------------------------------------------------------------------


def test_a_move_on_the_first_day_takes_all_nights_along(house: House) -> None:
    stay = house.arrive(departure=2)
    moved = house.do(stays.move, stay, house.rooms["102"], CLERK)
    assert (moved.room_id, house.nights(stay)) == (house.rooms["102"], [(0, "102", "100.00"), (1, "102", "100.00")])
    assert (house.room("101"), house.room("102")) == (("vacant", "dirty"), ("occupied", "clean"))
    (told,) = house.told("stay.room.moved")
    assert (told.before, told.after) == ({"room": "101"}, {"room": "102", "reason": None})


def test_a_move_that_cannot_be_is_refused(house: House) -> None:
    stay = house.arrive(departure=3, room="101")
    neighbour = house.arrive(departure=1, room="102")
    other = house.book(1, 2, "103")
    house.do(rooms.set_condition, [house.rooms["104"]], "dirty", "housekeeper")
    house.book(1, 2, room_type_id=house.suite)
    for room, refusal in (
        ("101", stays.SameRoom),
        ("102", rooms.RoomOccupied),
        ("103", RoomTaken),
        ("104", rooms.RoomNotReady),
        ("201", TypeSoldOut),
    ):
        with house.refuses(refusal):
            house.do(stays.move, stay, house.rooms[room], CLERK)
    with house.refuses(rooms.RoomUnknown):
        house.do(stays.move, stay, 999, CLERK)
    with house.refuses(TextTooLong):
        house.do(stays.move, stay, house.rooms["104"], CLERK, reason="x" * 10_000)
    with house.refuses(StateForbids, verb="move"):
        house.do(stays.move, other, house.rooms["104"], CLERK)
    assert house.stay(neighbour).room_id == house.rooms["102"]


def test_a_day_use_moves_without_taking_a_night(house: House) -> None:
    stay = house.arrive(departure=0, room="101")
    house.do(stays.move, stay, house.rooms["201"], CLERK)
    assert house.nights(stay) == [(0, None, "100.00")]
    assert house.stay(stay).room_id == house.rooms["201"]
    house.leave(stay)


# --- other departures -------------------------------------------------------------------------------------------


def test_an_extension_costs_what_the_rate_says_on_the_nights_it_adds(house: House) -> None:
    stay = house.arrive(departure=1, agreed=AgreedPrice(minor("70.00"), "agreed"))
    facts = {"from_date": day(2), "to_date": day(3), "price_minor": minor("130.00"), "operator": CLERK}
    house.do(rates.set_price, "BAR", house.standard, **facts)
    assert house.do(stays.extend, stay, day(3), CLERK).departure == day(3)
    assert house.nights(stay) == [(0, "101", "70.00"), (1, "101", "100.00"), (2, "101", "130.00")]


def test_an_extension_without_a_price_costs_as_much_as_the_last_night(house: House) -> None:
    house.do(rates.add_rate, code="NONE", name="Without prices", operator=CLERK)
    stay = house.arrive(departure=1, rate_code="NONE", agreed=AgreedPrice(minor("70.00"), "agreed"))
    house.do(stays.extend, stay, day(2), CLERK)
    assert house.nights(stay) == [(0, "101", "70.00"), (1, "101", "70.00")]


def test_an_extension_that_cannot_be_is_refused(house: House) -> None:
    stay = house.arrive(departure=2, room="101")
    other = house.book(3, 4, "101")
    for departure, refusal in ((2, stays.DepartureNotPossible), (1, stays.DepartureNotPossible), (400, StayTooLong)):
        with house.refuses(refusal):
            house.do(stays.extend, stay, day(departure), CLERK)
    with house.refuses(RoomTaken, stay=other, day=day(3)):
        house.do(stays.extend, stay, day(4), CLERK)
    for _ in range(4):
        house.book(2, 3)
    with house.refuses(TypeSoldOut, day=day(2)):
        house.do(stays.extend, stay, day(3), CLERK)


def test_a_day_use_stays_for_the_night_after_all(house: House) -> None:
    stay = house.arrive(departure=0, room="101")
    house.do(stays.extend, stay, day(1), CLERK)
    assert house.nights(stay) == [(0, "101", "100.00")]
    other = house.arrive(departure=0, room="102")
    house.book(0, 1, "102")
    with house.refuses(RoomTaken):
        house.do(stays.extend, other, day(1), CLERK)
    house.leave(other)


def test_a_shorter_stay_sells_its_last_nights_again(house: House) -> None:
    stay = house.arrive(departure=4)
    house.do(stays.shorten, stay, day(2), CLERK)
    assert house.nights(stay) == [(0, "101", "100.00"), (1, "101", "100.00")]
    house.book(2, 4, "101")
    for departure in (2, 3, -1):
        with house.refuses(stays.DepartureNotPossible):
            house.do(stays.shorten, stay, day(departure), CLERK)
    house.do(stays.shorten, stay, day(0), CLERK)
    assert house.nights(stay) == [(0, None, "100.00")]
    house.leave(stay)


# --- checking out -----------------------------------------------------------------------------------------------


def test_a_departure_is_refused_with_everything_that_stands_in_the_way(house: House) -> None:
    stay = house.arrive(departure=2)
    house.do(windows.open_window, stay, CLERK)
    house.end_day()
    house.pay(stay, "120.00")
    house.charge(stay, "84.00", window=2)
    with house.refuses(departures.DepartureBlocked) as refused:
        house.check_out(stay)
    assert [each.code for each in refused.value.params["obstacles"]] == ["window.in_credit", "window.owes"]
    assert refused.value.text() == (
        f"Stay {stay} cannot check out: window 1 has 20.00 too much; window 2 still owes 84.00."
    )
    told = [each.text() for each in house.do(departures.departure_obstacles, stay)]
    assert told == [each.text() for each in refused.value.params["obstacles"]]


def test_a_night_that_is_not_charged_yet_stands_in_the_way(house: House) -> None:
    stay = house.arrive(departure=3)
    house.do(business_day.roll, AUDITOR)  # the audit has left the day and has not got to the room charges yet
    with house.refuses(departures.DepartureBlocked) as refused:
        house.check_out(stay)
    (obstacle,) = refused.value.params["obstacles"]
    assert (type(obstacle), obstacle.params) == (departures.NightNotCharged, {"day": day(0)})
    house.leave(stay)
    assert house.nights(stay) == [(0, "101", "100.00")]


def test_who_leaves_on_the_day_of_arrival_is_charged_for_the_day_or_let_off(house: House) -> None:
    stay = house.arrive(departure=2)
    with house.refuses(departures.DepartureBlocked):
        house.check_out(stay)
    house.do(nights.override_price, stay, [day(0)], 0, "the room was cold", CLERK)
    house.check_out(stay)
    found = house.stay(stay)
    assert (found.departure, found.departed_on, house.nights(stay)) == (day(0), day(0), [(0, None, "0.00")])


def test_who_was_not_extended_is_extended_before_leaving(house: House) -> None:
    stay = house.arrive(departure=1)
    house.end_day()
    house.do(business_day.roll, AUDITOR)
    with house.refuses(departures.DepartureBlocked) as refused:
        house.check_out(stay)
    assert departures.Overstayed in map(type, refused.value.params["obstacles"])
    house.do(stays.extend, stay, day(2), CLERK)
    house.leave(stay)
    assert house.nights(stay) == [(0, "101", "100.00"), (1, "101", "100.00")]


def test_a_check_out_closes_every_window(house: House) -> None:
    stay = house.arrive(departure=1, nature="house_use")
    second = house.do(windows.open_window, stay, CLERK).folio_id
    third = house.do(windows.open_window, stay, CLERK).folio_id
    house.do(close_folio, third, CLERK)
    left = house.check_out(stay)
    assert (left.status, left.departed_on) == ("departed", day(0))
    assert {folio.status for folio in house.rows(Folio, type="individual")} == {"closed"}
    assert {house.window(stay, 2), house.window(stay, 3)} == {second, third}
    with house.refuses(StateForbids, verb="check_out", state="departed"):
        house.check_out(stay)


def test_one_stay_that_cannot_leave_keeps_the_whole_batch(house: House) -> None:
    first = house.arrive(departure=0, room="101", nature="complimentary")
    second = house.arrive(departure=0, room="102")
    with house.refuses(departures.DepartureBlocked, stay=str(second)):
        house.do(stays.check_out_all, [first, second], CLERK)
    obstacles = house.do(departures.departure_obstacles_of, [first, second])
    assert (obstacles[first], [each.code for each in obstacles[second]]) == ([], ["night.not_charged"])
    house.leave(first)
    house.leave(second)


# --- taking back ------------------------------------------------------------------------------------------------


def test_a_check_in_is_not_reversed_when_something_was_posted_or_the_day_is_over(house: House) -> None:
    stay = house.arrive(departure=3)
    other = house.arrive(departure=3, room="102")
    house.charge(stay, "5.00")
    with house.refuses(stays.SomethingPosted):
        house.do(stays.reverse_check_in, stay, CLERK)
    house.do(business_day.roll, AUDITOR)
    with house.refuses(stays.TooLate, done=day(0)):
        house.do(stays.reverse_check_in, other, CLERK)
    expected = house.book(2, 3)
    with house.refuses(StateForbids):
        house.do(stays.reverse_check_in, expected, CLERK)


def test_a_reversed_check_in_leaves_a_reservation_that_can_be_cancelled(house: House) -> None:
    stay = house.arrive()
    house.do(stays.reverse_check_in, stay, CLERK)
    assert house.rows(StayWindow) == []
    house.do(reservations.cancel, stay, CLERK, "did not like it")
    assert house.room("101") == ("vacant", "clean")


def test_a_departure_is_reinstated_on_the_same_day_only(house: House) -> None:
    stay = house.arrive(departure=1)
    house.end_day()
    house.leave(stay)
    house.do(business_day.roll, AUDITOR)
    with house.refuses(stays.TooLate, done=day(1)):
        house.do(stays.reinstate, stay, CLERK)
    expected = house.book(3, 4)
    with house.refuses(StateForbids):
        house.do(stays.reinstate, expected, CLERK)


def test_a_departure_is_not_reinstated_into_a_room_that_is_not_free(house: House) -> None:
    stay = house.arrive(departure=1, room="101")
    other = house.arrive(departure=1, room="102")
    house.end_day()
    house.leave(stay)
    house.leave(other)
    house.clean("101")
    house.arrive(arrival=1, departure=2, room="101")
    with house.refuses(rooms.RoomOccupied):
        house.do(stays.reinstate, stay, CLERK)
    facts = {"kind": "out_of_order", "from_date": day(1), "to_date": day(2), "reason": "smoke", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["102"], **facts)
    with house.refuses(rooms.RoomOutOfOrder):
        house.do(stays.reinstate, other, CLERK)


# --- news and sets ----------------------------------------------------------------------------------------------


def test_the_floors_above_hear_what_happens_within_the_same_unit_of_work(house: House) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []
    news = (signals.guest_checked_in, signals.guest_changed, signals.guest_moved, signals.guest_checked_out)

    def listen(name: str) -> Any:
        return lambda _sender, **facts: heard.append((name, facts))

    listeners = [listen(each.name) for each in news]
    for signal, listener in zip(news, listeners, strict=True):
        signal.connect(listener)
    stay = house.arrive(departure=1, nature="house_use")
    house.do(stays.extend, stay, day(2), CLERK)
    house.do(stays.shorten, stay, day(1), CLERK)
    house.do(stays.move, stay, house.rooms["102"], CLERK)
    house.check_out(stay)
    house.do(stays.reinstate, stay, CLERK)
    house.check_out(stay)
    assert heard == [
        ("guest-checked-in", {"stay_ids": [stay]}),
        ("guest-changed", {"stay_ids": [stay]}),
        ("guest-changed", {"stay_ids": [stay]}),
        ("guest-moved", {"stay_ids": [stay], "from_room_id": house.rooms["101"]}),
        ("guest-checked-out", {"stay_ids": [stay]}),
        ("guest-checked-in", {"stay_ids": [stay]}),
        ("guest-checked-out", {"stay_ids": [stay]}),
    ]


def test_many_arrivals_and_departures_take_no_more_statements_than_a_few(house: House) -> None:
    new = [rooms.NewRoom(f"5{number:02}", house.standard) for number in range(60)]
    room_ids = [room.id for room in house.do(rooms.add_rooms, new, CLERK)]
    counts: dict[str, list[int]] = {"check_in": [], "obstacles": [], "check_out": []}
    for many in (5, 50):
        ids = [stay.id for stay in house.do(reservations.book_all, [house.booking(0, 1)] * many, CLERK)]
        for stay in ids[: many // 2]:
            house.do(deposits.take_deposit, stay, code="VISA", amount=euro("9.00"), origin=Origin(CLERK))
        requests = [CheckIn(stay, room_id) for stay, room_id in zip(ids, room_ids, strict=False)]
        with statements(house.engine) as sent:
            house.do(stays.check_in_all, requests, CLERK)
        counts["check_in"].append(len(sent))
        house.charge_nights(*ids)
        for stay in ids:
            house.pay(stay, house.balance(house.window(stay)))
        with statements(house.engine) as sent:
            assert not any(house.do(departures.departure_obstacles_of, ids).values())
        counts["obstacles"].append(len(sent))
        with statements(house.engine) as sent:
            house.do(stays.check_out_all, ids, CLERK)
        counts["check_out"].append(len(sent))
        house.do(rooms.set_condition, room_ids, "clean", "housekeeper")
    assert all(few == lot for few, lot in counts.values()), counts
    assert house.do(stays.check_in_all, [], CLERK) == house.do(stays.check_out_all, [], CLERK) == []
