"""The rack of the rooms on a day, and the calendar of rooms by days."""

from __future__ import annotations

from datetime import date
from typing import Any

from folios import db
from frontoffice import calendar as calendars
from frontoffice import reservations, rooming, rooms, stays
from frontoffice.calendar import Calendar, RoomRow, Span, TypeRows
from frontoffice.rooming import Rack, RackRoom
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, day


def rack(house: House, on: date | None = None) -> Rack:
    with db.reading(house.sessions) as session:
        return rooming.rack(session, on)


def of(rack: Rack, number: str) -> RackRoom:
    return next(room for floor in rack.floors for room in floor.rooms if room.number == number)


def calendar(house: House, from_day: int = 0, days: int = 7, room_type_id: int | None = None) -> Calendar:
    with db.reading(house.sessions) as session:
        return calendars.calendar(session, day(from_day), days, room_type_id)


def standard(house: House, from_day: int = 0, days: int = 7) -> TypeRows:
    (only,) = calendar(house, from_day, days, house.standard).types
    return only


def row_of(rows: TypeRows, number: str) -> RoomRow:
    return next(each for each in rows.rooms if each.number == number)


def put_out(house: House, number: str, kind: str, first: int, until: int) -> None:
    facts = {"from_date": day(first), "to_date": day(until), "reason": "a pipe", "operator": CLERK}
    house.do(rooms.put_out, house.rooms[number], kind=kind, **facts)


def place(span: Span) -> tuple[int, int, int]:
    return span.stay_id, span.start, span.days


# --- the rack -------------------------------------------------------------------------------------------------


def test_the_rack_tells_of_each_room_who_is_in_it_who_comes_and_whether_it_is_out(house: House) -> None:
    leaving = house.arrive(departure=0, room="101", nature="complimentary")
    coming = house.book(0, 2, room="101")
    staying = house.arrive(departure=2, room="102")
    put_out(house, "103", "out_of_order", 0, 3)
    house.do(rooms.set_condition, [house.rooms["104"]], "dirty", "housekeeper")
    seen = rack(house)
    first = of(seen, "101")
    assert (first.guest_in and first.guest_in.stay_id, first.leaving, [each.stay_id for each in first.arriving]) == (
        leaving,
        True,
        [coming],
    )
    second = of(seen, "102")
    assert (second.guest_in and second.guest_in.stay_id, second.leaving, second.ready) == (staying, False, False)
    third = of(seen, "103")
    assert (third.outage, third.outage_until, third.outage_reason, third.ready) == (
        "out_of_order",
        day(3),
        "a pipe",
        False,
    )
    assert (of(seen, "104").ready, of(seen, "201").ready) == (False, True)
    assert seen.counts == {
        "vacant_ready": 1,
        "vacant_not_ready": 1,
        "occupied": 2,
        "out_of_order": 1,
        "out_of_service": 0,
    }
    assert [(floor.floor, [room.number for room in floor.rooms]) for floor in seen.floors] == [
        ("1", ["101", "102", "103", "104"]),
        ("2", ["201"]),
    ]


def test_the_rack_of_another_day_tells_who_sleeps_and_who_comes_then(house: House) -> None:
    staying = house.arrive(departure=3, room="101")
    coming = house.book(3, 5, room="101")
    by_day = house.book(3, 3, room="102")
    seen = of(rack(house, day(2)), "101")
    assert (seen.guest_in and seen.guest_in.stay_id, seen.leaving, seen.arriving) == (staying, False, ())
    seen = of(rack(house, day(3)), "101")
    assert (seen.guest_in and seen.guest_in.stay_id, seen.leaving) == (staying, True)
    assert [each.stay_id for each in seen.arriving] == [coming]
    assert [each.stay_id for each in of(rack(house, day(3)), "102").arriving] == [by_day]


def test_the_rack_tells_what_was_found_today_and_narrows_to_where_it_is_not_what_the_desk_has(house: House) -> None:
    house.arrive(room="101")
    for number, what in (("101", "vacant"), ("102", "vacant"), ("201", "occupied")):
        house.do(rooms.set_found, [house.rooms[number]], what, "housekeeper")
    seen = rack(house)
    told = {number: (of(seen, number).found, of(seen, number).discrepancy) for number in ("101", "102", "103", "201")}
    assert told == {
        "101": ("vacant", "skip"),
        "102": ("vacant", None),
        "103": (None, None),
        "201": ("occupied", "sleep"),
    }
    with db.reading(house.sessions) as session:
        only = rooming.rack(session, only_differing=True)
        upstairs = rooming.rack(session, floor="2", only_differing=True)
        other_day = rooming.rack(session, day(1), only_differing=True)
    numbers = [[room.number for floor in each.floors for room in floor.rooms] for each in (only, upstairs, other_day)]
    assert numbers == [["101", "201"], ["201"], []]
    assert [(each.total, each.differing) for each in (only, upstairs, other_day)] == [(2, 2), (1, 2), (0, 0)]
    assert (seen.total, seen.differing, sum(only.counts.values()), only.all_floors) == (5, 2, 5, ("1", "2"))
    assert of(rack(house, day(1)), "101").found is None


def test_a_room_that_left_the_house_is_not_on_the_rack(house: House) -> None:
    house.do(rooms.close_room, house.rooms["104"], CLERK)
    assert [room.number for floor in rack(house).floors for room in floor.rooms] == ["101", "102", "103", "201"]


# --- the calendar ---------------------------------------------------------------------------------------------


def test_the_calendar_shows_stays_as_spans_cut_where_the_days_end(house: House) -> None:
    staying = house.arrive(departure=3, room="101")
    coming = house.book(5, 9, room="101")
    seen = standard(house, from_day=1, days=6)
    first, second = row_of(seen, "101").spans
    assert (place(first), first.cut_before, first.cut_after, first.moved_in) == ((staying, 0, 2), True, False, False)
    assert (place(second), second.cut_before, second.cut_after, second.guest) == (
        (coming, 4, 2),
        False,
        True,
        "Guest, Mr.",
    )


def test_a_guest_who_moves_is_shown_in_both_rooms(house: House) -> None:
    stay = house.arrive(departure=4, room="101")
    house.end_day()
    house.do(stays.move, stay, house.rooms["102"], CLERK)
    seen = standard(house)
    (before,), (after,) = (row_of(seen, number).spans for number in ("101", "102"))
    assert (place(before), before.moved_in, before.moved_out) == ((stay, 0, 1), False, True)
    assert (place(after), after.moved_in, after.moved_out) == ((stay, 1, 3), True, False)


def test_stays_without_a_room_stand_side_by_side_under_their_type(house: House) -> None:
    first, second, third = house.book(0, 3), house.book(1, 2), house.book(3, 5)
    gone = house.book(0, 3)
    house.do(reservations.cancel, gone, CLERK, "ill")
    seen = standard(house)
    assert [[place(span) for span in row] for row in seen.unassigned] == [
        [(first, 0, 3), (third, 3, 2)],
        [(second, 1, 1)],
    ]
    assert seen.free == (3, 2, 3, 3, 3, 4, 4)


def test_a_day_use_stands_on_its_day_and_takes_no_night(house: House) -> None:
    with_room, without = house.book(2, 2, room="103"), house.book(2, 2)
    seen = standard(house)
    (span,) = row_of(seen, "103").spans
    assert (place(span), span.day_use, span.cut_before, span.moved_out) == ((with_room, 2, 1), True, False, False)
    assert [place(each) for row in seen.unassigned for each in row] == [(without, 2, 1)]
    assert seen.free == (4,) * 7


def test_outages_are_shown_and_taken_from_what_is_free(house: House) -> None:
    put_out(house, "104", "out_of_order", 1, 9)
    put_out(house, "103", "out_of_service", 0, 2)
    seen = standard(house, days=5)
    (order,), (service,) = (row_of(seen, number).outages for number in ("104", "103"))
    assert (order.kind, order.start, order.days, order.cut_before, order.cut_after) == (
        "out_of_order",
        1,
        4,
        False,
        True,
    )
    assert (service.kind, service.start, service.days) == ("out_of_service", 0, 2)
    assert seen.free == (4, 3, 3, 3, 3)


def test_all_types_are_shown_unless_one_is_asked_for(house: House) -> None:
    assert [each.code for each in calendar(house).types] == ["STD", "SUI"]
    assert calendar(house, days=0).days == (day(0),)
    assert len(calendar(house, days=10_000).days) == calendars.MOST_DAYS
    assert calendar(house, room_type_id=4711).types == ()


def test_rack_and_calendar_take_the_same_statements_however_many_stays(house: House) -> None:
    counts: list[tuple[Any, ...]] = []
    for number in ("101", "102", "103", "104"):
        house.arrive(room=number)
        house.book(3, 5)
        sent_for = []
        for look in (rack, calendar):
            with statements(house.engine) as sent:
                look(house)
            sent_for.append(len([each for each in sent if not each.startswith("SET ")]))
        counts.append(tuple(sent_for))
    assert set(counts) == {(5, 10)}
