"""The figures of a day, and the identities that find what is off about the house."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from folios import folios, verify
from frontoffice import reservations, rooms, stays
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayNight
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, day


def test_the_figures_of_a_day_are_counted_from_stays_and_rooms(house: House) -> None:
    paying = house.arrive(departure=2, room="101", adults=2, children=1)
    house.arrive(departure=1, room="102", nature="complimentary")
    house.arrive(departure=1, room="103", nature="house_use")
    by_day = house.arrive(departure=0, room="201")
    house.leave(by_day)
    facts = {"from_date": day(0), "to_date": day(1), "reason": "paint", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["104"], kind="out_of_order", **facts)
    house.do(reservations.cancel, house.book(5, 6), CLERK, "ill")
    house.do(reservations.mark_no_show, house.book(0, 1, room_type_id=house.suite), CLERK)

    found = house.figures(0)
    assert (found.inventory, found.out_of_order, found.vacant) == (5, 1, 1)
    assert (found.rooms_sold, found.complimentary, found.house_use) == (1, 1, 1)
    assert (found.arrivals, found.departures, found.in_house, found.guests) == (4, 1, 3, 5)
    assert (found.no_shows, found.cancellations) == (1, 1)

    house.end_day()
    for stay in house.rows(Stay, status="in_house"):
        if stay.id != paying:
            house.leave(stay.id)
    assert house.figures(0) == found, "a day that is over stays as it was"
    later = house.figures(1)
    assert (later.arrivals, later.departures, later.in_house, later.rooms_sold) == (0, 2, 1, 1)


def test_an_empty_day_has_the_inventory_and_nothing_else(house: House) -> None:
    found = house.figures(40)
    assert (found.inventory, found.vacant, found.in_house, found.guests, found.arrivals) == (5, 5, 0, 0, 0)
    assert house.figures(-1).inventory == 0


def test_the_figures_take_three_statements_however_many_stays(house: House) -> None:
    for room in ("101", "102", "103"):
        house.arrive(room=room)
    with statements(house.engine) as sent:
        house.figures(0)
    assert len([each for each in sent if each.startswith("SELECT")]) == 3


# --- what is off is found ---------------------------------------------------------------------------------------


@pytest.fixture
def spoilt(house: House) -> Any:
    """Spoils a row past all rules, tells which identities notice, and takes it back."""

    def spoil(table: type, where: sa.ColumnElement[bool], **values: Any) -> set[str]:
        with house.sessions() as session:
            session.execute(sa.update(table.__table__).where(where).values(**values))
            noticed = {each.name for each in verify.run(session) if each.differences}
            session.rollback()
        return noticed

    return spoil


SLEPT_IN = "rooms sold, complimentary, in house use, vacant and out of order make up the inventory"
ROLLED = "in house yesterday, plus arrivals, less departures, is in house today"
OCCUPIED = "a room is occupied exactly while a stay is in house in it"
TO_COME = "a guest in house has its nights to come in the room it is in"
NOBODY = "a night that nobody sleeps holds no room"
CHARGED = "each night slept on a closed day is charged once, and each charged night was slept"
CLOSED = "the windows of a departed stay are closed, unless one was opened again"
NIGHTS = "a stay has one night for each date before its departure, a day use one for its day"
FIRST_WINDOW = "a stay that began has a first window, and its deposit has been used"


def test_a_room_that_only_says_it_is_occupied_is_found(house: House, spoilt: Any) -> None:
    house.arrive(room="101")
    assert spoilt(Room, Room.number == "101", occupancy="vacant") == {OCCUPIED}
    assert spoilt(Room, Room.number == "102", occupancy="occupied") == {OCCUPIED}


def test_a_night_that_lost_its_room_is_found(house: House, spoilt: Any) -> None:
    stay = house.arrive(departure=3)
    house.end_day()
    assert spoilt(StayNight, sa.and_(StayNight.stay_id == stay, StayNight.date == day(0)), room_id=None) == {SLEPT_IN}
    assert spoilt(StayNight, sa.and_(StayNight.stay_id == stay, StayNight.date == day(1)), room_id=None) == {TO_COME}


def test_a_night_in_a_room_that_was_not_there_is_found(house: House, spoilt: Any) -> None:
    house.arrive(departure=3)
    house.end_day()
    assert spoilt(Room, Room.number == "101", since=day(1)) == {SLEPT_IN}


def test_a_missing_night_is_found(house: House, spoilt: Any) -> None:
    stay = house.arrive(departure=3)
    house.end_day()
    where = sa.and_(StayNight.stay_id == stay, StayNight.date == day(0))
    assert spoilt(StayNight, where, date=day(40)) == {NIGHTS, ROLLED, NOBODY, CHARGED}


def test_a_cancelled_stay_that_holds_a_room_is_found(house: House, spoilt: Any) -> None:
    stay = house.book(3, 4)
    house.do(reservations.cancel, stay, CLERK, "ill")
    assert spoilt(StayNight, StayNight.stay_id == stay, room_id=house.rooms["101"]) == {NOBODY}


def test_a_due_out_that_was_forgotten_by_the_night_is_found(house: House) -> None:
    stay = house.arrive(departure=1)
    house.end_day()
    house.end_day()
    assert {name for name, _ in house.differences()} == {ROLLED}
    house.do(stays.extend, stay, day(2), CLERK)
    house.charge_nights(stay)


def test_a_window_that_is_open_after_departure_is_found_unless_it_was_reopened(house: House, spoilt: Any) -> None:
    stay = house.arrive(departure=0, nature="house_use")
    house.check_out(stay)
    folio = house.window(stay)
    assert spoilt(folios.Folio, folios.Folio.id == folio, status="open") == {CLOSED}
    house.do(folios.reopen_folio, folio, CLERK)
    assert house.differences() == []


def test_a_stay_that_began_without_a_window_is_found(house: House, spoilt: Any) -> None:
    from frontoffice.models.stays import StayWindow

    house.arrive()
    assert spoilt(StayWindow, StayWindow.window == 1, window_number=2) == {FIRST_WINDOW}
