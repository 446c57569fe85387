"""What can still be sold, and that the last room is sold once however many ask at the same time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from folios import db
from folios.db import in_unit_of_work
from folios.errors import Refusal, SavedMeanwhile
from frontoffice import availability, nights, reservations, rooms, stays
from frontoffice.assignment import RoomTaken
from frontoffice.availability import TypeSoldOut, free_rooms, free_rooms_of_types
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, STANDARD_ROOMS, House, at_once, day


def left(house: House, begin: int = 0, end: int = 4) -> list[int]:
    """How many standard rooms are left per night."""
    free = house.do(free_rooms_of_types, day(begin), day(end), [house.standard])
    return [free[house.standard, day(number)] for number in range(begin, end)]


def free_numbers(house: House, begin: int, end: int) -> list[str]:
    return [room.number for room in house.do(free_rooms, house.standard, day(begin), day(end))]


def test_each_booked_night_takes_a_room_of_its_type(house: House) -> None:
    house.book(1, 3)
    house.book(2, 3, "101")
    assert left(house) == [4, 3, 2, 4]
    free = house.do(free_rooms_of_types, day(0), day(2))
    assert free == {
        (house.standard, day(0)): 4,
        (house.standard, day(1)): 3,
        (house.suite, day(0)): 1,
        (house.suite, day(1)): 1,
    }
    assert house.do(free_rooms_of_types, day(0), day(0)) == {}


def test_a_room_out_of_order_cannot_be_sold_and_one_out_of_service_can(house: House) -> None:
    facts = {"from_date": day(1), "to_date": day(3), "reason": "paint", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["101"], kind="out_of_order", **facts)
    house.do(rooms.put_out, house.rooms["102"], kind="out_of_service", **facts)
    assert left(house) == [4, 3, 3, 4]
    assert free_numbers(house, 0, 2) == ["103", "104"]
    assert free_numbers(house, 3, 4) == ["101", "102", "103", "104"]


def test_rooms_out_of_order_after_all_is_sold_leave_a_number_below_zero(house: House) -> None:
    for _ in STANDARD_ROOMS:
        house.book(0, 1)
    facts = {"from_date": day(0), "to_date": day(1), "reason": "burst pipe", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["101"], kind="out_of_order", **facts)
    assert left(house, 0, 1) == [-1]


def test_cancelled_stays_and_no_shows_and_day_uses_take_no_night(house: House) -> None:
    cancelled, no_show = house.book(0, 2), house.book(0, 2)
    house.book(0, 0)
    assert left(house, 0, 2) == [2, 2]
    house.do(reservations.cancel, cancelled, CLERK, "ill")
    house.do(reservations.mark_no_show, no_show, CLERK)
    assert left(house, 0, 2) == [4, 4]


def test_nights_after_an_early_departure_can_be_sold_again(house: House) -> None:
    stay = house.arrive(departure=3)
    house.end_day()
    assert left(house, 1, 3) == [3, 3]
    house.leave(stay)
    assert left(house, 1, 3) == [4, 4]


def test_a_sold_out_night_is_refused_by_type_and_day(house: House) -> None:
    house.book(2, 3, room_type_id=house.suite)
    with house.refuses(TypeSoldOut, room_type="SUI", day=day(2)) as refused:
        house.book(1, 4, room_type_id=house.suite)
    assert refused.value.text() == "No SUI is left for the night of Mar 3, 2026."
    house.book(1, 2, room_type_id=house.suite)
    house.book(3, 4, room_type_id=house.suite)


def test_many_bookings_in_one_call_cannot_take_more_than_there_is(house: House) -> None:
    with house.refuses(TypeSoldOut):
        house.do(reservations.book_all, [house.booking(0, 1)] * 5, CLERK)
    house.do(reservations.book_all, [house.booking(0, 1)] * 4, CLERK)


def test_free_rooms_are_those_nobody_has_for_a_night_or_is_in_for_a_day_use(house: House) -> None:
    house.arrive(room="101", departure=1)
    house.book(0, 1, "103")
    assert free_numbers(house, 0, 1) == ["102", "104"]
    assert free_numbers(house, 0, 0) == ["102", "103", "104"]


def test_asking_for_a_year_takes_as_many_statements_as_a_day(house: House) -> None:
    counts = []
    for end in (1, 365):
        with statements(house.engine) as sent:
            house.do(free_rooms_of_types, day(0), day(end), [house.standard])
        counts.append(len(sent))
    assert counts == [3, 3]


# --- at the same time -------------------------------------------------------------------------------------------


def clerks(house: House, *verbs: Callable[[db.Session], object]) -> list[object]:
    """What each clerk gets, all pressing the button at once."""
    return at_once([lambda verb=verb: in_unit_of_work(house.sessions, verb) for verb in verbs])


def test_two_clerks_who_sell_the_last_room_at_once_sell_it_once(house: House) -> None:
    booking = house.booking(0, 3, room_type_id=house.suite)
    answers = clerks(house, *[lambda session: reservations.book(session, booking, CLERK)] * 4)
    assert sorted(type(answer).__name__ for answer in answers) == ["Stay", "TypeSoldOut", "TypeSoldOut", "TypeSoldOut"]


def test_two_clerks_who_give_the_same_room_number_at_once_give_it_once(house: House) -> None:
    first, second = house.book(0, 2), house.book(1, 3)

    def assign(stay: int) -> Callable[[db.Session], object]:
        return lambda session: reservations.assign_room(session, stay, house.rooms["101"], CLERK)

    answers = clerks(house, assign(first), assign(second))
    assert sorted(type(answer).__name__ for answer in answers) == ["RoomTaken", "Stay"]


def test_booking_and_assigning_the_same_room_at_once_give_it_once(house: House) -> None:
    stay, booking = house.book(0, 2), house.booking(0, 2, "101")
    answers = clerks(
        house,
        lambda session: reservations.assign_room(session, stay, house.rooms["101"], CLERK),
        lambda session: reservations.book(session, booking, CLERK),
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["RoomTaken", "Stay"]


def test_two_clerks_who_check_in_the_same_stay_at_once_check_it_in_once(house: House) -> None:
    stay = house.book(0, 2, "101")
    answers = clerks(house, *[lambda session: stays.check_in(session, stay, CLERK)] * 3)
    assert sorted(type(answer).__name__ for answer in answers) == ["StateForbids", "StateForbids", "Stay"]
    assert len(house.told("stay.checked_in")) == 1


def test_two_guests_who_are_moved_to_the_same_room_at_once_do_not_both_get_it(house: House) -> None:
    first, second = house.arrive(room="101"), house.arrive(room="102")

    def move(stay: int) -> Callable[[db.Session], object]:
        return lambda session: stays.move(session, stay, house.rooms["103"], CLERK)

    answers = clerks(house, move(first), move(second))
    assert sorted(type(answer).__name__ for answer in answers) == ["RoomOccupied", "Stay"]


def test_everything_at_once_ends_in_answers_or_refusals_and_a_proved_house(house: House) -> None:
    staying, leaving = house.arrive(room="101", departure=3), house.arrive(room="102", departure=0)
    house.do(nights.override_price, leaving, [day(0)], 0, "for a meeting", CLERK)
    coming = house.book(0, 2, "104")
    verbs: list[Callable[[db.Session], object]] = [
        lambda session: stays.move(session, staying, house.rooms["103"], CLERK),
        lambda session: stays.extend(session, staying, day(5), CLERK),
        lambda session: stays.check_out(session, leaving, CLERK),
        lambda session: stays.check_in(session, coming, CLERK, room_id=house.rooms["103"]),
        lambda session: stays.check_in(session, coming, CLERK),
        lambda session: reservations.cancel(session, coming, CLERK, "ill"),
        lambda session: reservations.book(session, house.booking(0, 5, "103"), CLERK),
        lambda session: reservations.assign_room(session, coming, house.rooms["201"], CLERK),
    ]
    for answer in clerks(house, *verbs):
        assert isinstance(answer, Refusal) or not isinstance(answer, Exception), answer


def test_the_database_itself_refuses_a_room_given_twice(house: House) -> None:
    from frontoffice.models.stays import StayNight

    house.book(0, 1, "101")
    other = house.book(0, 1, "102")

    def give(session: db.Session) -> None:
        night = session.get(StayNight, (other, day(0)))
        assert night is not None
        night.room_id = house.rooms["101"]

    with pytest.raises(SavedMeanwhile):
        house.do(give)


def test_the_names_of_the_refusals_are_those_of_the_nouns() -> None:
    assert (availability.TypeSoldOut.code, RoomTaken.code) == ("room_type.sold_out", "room.taken")
