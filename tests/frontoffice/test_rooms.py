"""Room types and rooms, their condition and occupancy, what housekeeping found, and rooms that are out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from folios.errors import ChangedMeanwhile, ReasonMissing, TextInvalid, TextTooLong
from frontoffice import discrepancies, rooms, stays
from frontoffice.fields import FieldMissing, FieldUnknown
from frontoffice.models.rooms import Room, RoomOutage, RoomType
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, at_once, day


def put_out(house: House, room: str, begin: int, end: int, kind: str = "out_of_order") -> int:
    facts = {"kind": kind, "from_date": day(begin), "to_date": day(end), "reason": "water damage"}
    return house.do(rooms.put_out, house.rooms[room], operator=CLERK, **facts).id


def test_a_room_is_entered_vacant_and_clean_and_is_found_by_its_number(house: House) -> None:
    found = house.do(rooms.find_room, "101")
    assert (found.occupancy, found.condition, found.active, found.since) == ("vacant", "clean", True, day(0))
    assert house.do(rooms.find_room_type, "STD").id == found.room_type_id


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"number": "101"}, rooms.RoomNumberTaken),
        ({"number": " "}, FieldMissing),
        ({"number": "123456789"}, TextTooLong),
        ({"number": "1\x0001"}, TextInvalid),
        ({"number": "301", "room_type_id": 999}, rooms.RoomTypeUnknown),
    ],
)
def test_a_room_that_cannot_be_is_refused(house: House, facts: dict, refusal: type) -> None:
    with house.refuses(refusal):
        house.do(rooms.add_room, **{"room_type_id": house.standard, "operator": CLERK} | facts)


def test_the_same_number_twice_in_one_call_is_refused(house: House) -> None:
    new = [rooms.NewRoom("301", house.standard), rooms.NewRoom("301", house.suite)]
    with house.refuses(rooms.RoomNumberTaken, room=["301"]):
        house.do(rooms.add_rooms, new, CLERK)


def test_a_room_type_is_entered_once_and_renamed(house: House) -> None:
    with house.refuses(rooms.RoomTypeTaken):
        house.do(rooms.add_room_type, code="STD", name="Another", operator=CLERK)
    with house.refuses(FieldMissing):
        house.do(rooms.add_room_type, code="FAM", name="", operator=CLERK)
    house.do(rooms.amend_room_type, house.standard, 1, "Garden view", CLERK)
    assert house.do(rooms.find_room_type, "STD").name == "Garden view"
    with house.refuses(ChangedMeanwhile):
        house.do(rooms.amend_room_type, house.standard, 1, "Sea view", CLERK)


def test_two_who_enter_the_same_room_or_type_at_once_enter_it_once(house: House) -> None:
    new = {"code": "FAM", "name": "Family", "operator": CLERK}
    answers = at_once([lambda: house.do(rooms.add_room_type, **new)] * 3)
    assert sorted(type(answer).__name__ for answer in answers) == ["RoomType", "RoomTypeTaken", "RoomTypeTaken"]
    types = (house.standard, house.suite)
    answers = at_once(
        [lambda each=each: house.do(rooms.add_room, number="301", room_type_id=each, operator=CLERK) for each in types]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Room", "RoomNumberTaken"]


def test_unknown_rooms_and_types_are_refused(house: House) -> None:
    with house.refuses(rooms.RoomUnknown):
        house.do(rooms.find_room, "999")
    with house.refuses(rooms.RoomTypeUnknown):
        house.do(rooms.find_room_type, "XXX")
    with house.refuses(rooms.RoomUnknown):
        house.do(rooms.set_condition, [999], "clean", CLERK)


def test_a_room_is_amended_unless_someone_else_was_faster(house: House) -> None:
    house.do(rooms.amend_room, house.rooms["101"], 1, {"floor": "Ground", "condition": "inspected"}, CLERK)
    (found,) = house.rows(Room, number="101")
    assert (found.floor, found.condition, found.version) == ("Ground", "inspected", 2)
    with house.refuses(ChangedMeanwhile) as refused:
        house.do(rooms.amend_room, house.rooms["101"], 1, {"floor": "First"}, CLERK)
    assert "Ground / First" in refused.value.text()
    for changes, refusal in (
        ({"number": "102"}, rooms.RoomNumberTaken),
        ({"condition": "tidy"}, rooms.ConditionUnknown),
        ({"occupancy": "vacant"}, FieldUnknown),
    ):
        with house.refuses(refusal):
            house.do(rooms.amend_room, house.rooms["101"], 2, changes, CLERK)


@pytest.mark.parametrize(
    ("happening", "before", "after"),
    [
        ("check_in", ("vacant", "clean"), ("occupied", "clean")),
        ("check_in", ("vacant", "inspected"), ("occupied", "inspected")),
        ("check_out", ("occupied", "clean"), ("vacant", "dirty")),
        ("check_out", ("occupied", "dirty"), ("vacant", "dirty")),
        ("reverse_check_in", ("occupied", "clean"), ("vacant", "clean")),
        ("reinstate", ("vacant", "dirty"), ("occupied", "dirty")),
        ("night", ("occupied", "clean"), ("occupied", "dirty")),
    ],
)
def test_what_happens_to_a_room_changes_it_as_the_table_says(
    house: House, happening: str, before: tuple[str, str], after: tuple[str, str]
) -> None:
    assert dict(zip(("occupancy", "condition"), before, strict=True)) | dict(rooms.AFTER[happening]) == dict(
        zip(("occupancy", "condition"), after, strict=True)
    )


def test_the_housekeeper_tells_the_condition_of_many_rooms_at_once(house: House) -> None:
    house.do(rooms.set_condition, [house.rooms["101"], house.rooms["102"]], "dirty", "housekeeper")
    house.do(rooms.set_condition, [house.rooms["101"], house.rooms["102"]], "dirty", "housekeeper")
    assert [house.room(number) for number in ("101", "102", "103")] == [
        ("vacant", "dirty"),
        ("vacant", "dirty"),
        ("vacant", "clean"),
    ]
    assert len(house.told("room.condition.set")) == 2


# --- what housekeeping found ----------------------------------------------------------------------------------


def found(house: House, number: str, what: str, by: str = "housekeeper") -> None:
    house.do(rooms.set_found, [house.rooms[number]], what, by)


def kinds(house: House, on: int = 0) -> dict[str, str]:
    """The rooms that were found otherwise on a day, with the trade's word for it."""
    return {each.number: each.kind for each in house.do(discrepancies.discrepancies, day(on))}


def test_what_was_found_is_kept_beside_what_the_desk_has_and_told_once(house: House) -> None:
    stay = house.arrive(room="101")
    for number, what in (("101", "vacant"), ("102", "occupied"), ("103", "vacant"), ("101", "vacant")):
        found(house, number, what)
    assert [house.room(number)[0] for number in ("101", "102", "103")] == ["occupied", "vacant", "vacant"]
    assert kinds(house) == {"101": "skip", "102": "sleep"}
    told = house.told("room.found")
    assert len(told) == 3
    assert (told[0].operator, told[0].before, told[0].after) == (
        "housekeeper",
        {"found": None, "found_on": None},
        {"found": "vacant", "found_on": day(0).isoformat()},
    )
    skip, sleep = house.do(discrepancies.discrepancies, day(0))
    assert (skip.stay_id, skip.guest, skip.found_by, skip.found_at) == (stay, "Guest, Mr.", "housekeeper", told[0].at)
    assert (sleep.stay_id, sleep.guest, sleep.occupancy, sleep.found) == (None, None, "vacant", "occupied")
    assert house.do(discrepancies.told_of, day(0)) == (3, 5)


def test_who_looks_again_is_believed_and_named(house: House) -> None:
    found(house, "101", "occupied", "first")
    found(house, "101", "vacant", "second")
    assert kinds(house) == {}
    found(house, "101", "occupied", "third")
    (only,) = house.do(discrepancies.discrepancies, day(0))
    assert only.found_by == "third"
    assert [each.operator for each in house.told("room.found")] == ["first", "second", "third"]


def test_what_was_found_counts_on_its_own_business_date_only(house: House) -> None:
    found(house, "101", "occupied")
    house.end_day()
    assert (kinds(house, 0), kinds(house, 1)) == ({"101": "sleep"}, {})
    found(house, "101", "occupied")
    assert kinds(house, 1) == {"101": "sleep"}
    assert [each.business_date for each in house.told("room.found")] == [day(0), day(1)]


def test_what_was_found_before_the_desk_lets_somebody_in_or_out_says_nothing_any_more(house: House) -> None:
    found(house, "101", "vacant")
    found(house, "102", "vacant")
    stay = house.arrive(room="101")
    assert kinds(house) == {}
    found(house, "101", "occupied")
    house.do(stays.move, stay, house.rooms["102"], CLERK)
    assert kinds(house) == {}
    found(house, "102", "vacant")
    assert kinds(house) == {"102": "skip"}
    house.leave(stay)
    assert kinds(house) == {}
    found(house, "102", "occupied")
    assert kinds(house) == {"102": "sleep"}
    house.do(stays.reinstate, stay, CLERK)
    assert (kinds(house), house.do(discrepancies.told_of, day(0))) == ({}, (0, 5))


def test_a_room_that_left_the_house_is_no_discrepancy(house: House) -> None:
    found(house, "104", "occupied")
    house.do(rooms.close_room, house.rooms["104"], CLERK)
    assert (kinds(house), house.do(discrepancies.told_of, day(0))) == ({}, (0, 4))


@pytest.mark.parametrize("wrong", ["", "slept in", "OCCUPIED", "x" * 5_000, "\0"])
def test_a_room_is_found_vacant_or_occupied_and_nothing_else(house: House, wrong: str) -> None:
    with house.refuses(rooms.FoundUnknown):
        house.do(rooms.set_found, [house.rooms["101"]], wrong, CLERK)
    with house.refuses(rooms.RoomUnknown, room=999):
        house.do(rooms.set_found, [house.rooms["101"], 999], "vacant", CLERK)


def test_a_house_that_is_walked_takes_as_many_statements_as_a_floor_of_it(house: House) -> None:
    def told(number_of_rooms: int, what: str) -> int:
        with statements(house.engine) as sent:
            house.do(rooms.set_found, list(house.rooms.values())[:number_of_rooms], what, CLERK)
        return len(sent)

    assert told(2, "vacant") == told(5, "occupied")
    with statements(house.engine) as sent:
        assert len(kinds(house)) == 5
    assert len(sent) == 1


def test_housekeepers_and_the_desk_at_once_end_with_the_last_word_of_one_of_them(house: House) -> None:
    stay = house.book(0, 2, "101")
    verbs: list[Callable[[], Any]] = [lambda: house.check_in(stay)]
    verbs += [lambda what=what: found(house, "101", what) for what in ("vacant", "occupied", "vacant")]
    assert not [each for each in at_once(verbs) if isinstance(each, Exception)]
    assert house.room("101")[0] == "occupied"
    assert kinds(house) in ({}, {"101": "skip"})


def test_the_night_makes_the_rooms_dirty_that_were_slept_in_and_no_others(house: House) -> None:
    house.arrive(room="101")
    house.end_day()
    house.arrive(arrival=1, departure=2, room="103")
    assert house.do(rooms.soil_slept_in_rooms, day(0)) == 0
    assert [house.room(number) for number in ("101", "102", "103")] == [
        ("occupied", "dirty"),
        ("vacant", "clean"),
        ("occupied", "clean"),
    ]


# --- rooms that are out -----------------------------------------------------------------------------------------


def test_an_outage_lasts_up_to_the_day_the_room_is_back(house: House) -> None:
    put_out(house, "101", 1, 3)
    assert [house.figures(number).out_of_order for number in range(4)] == [0, 1, 1, 0]
    with house.refuses(rooms.OutageOverlaps):
        put_out(house, "101", 2, 4)
    put_out(house, "101", 3, 4)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"kind": "broken"}, rooms.OutageKindUnknown),
        ({"from_date": day(2), "to_date": day(2)}, rooms.PeriodInvalid),
        ({"from_date": day(-1)}, rooms.OutageInPast),
        ({"reason": "  "}, ReasonMissing),
        ({"reason": "x" * 201}, TextTooLong),
        ({"room_id": 999}, rooms.RoomUnknown),
    ],
)
def test_an_outage_that_cannot_be_is_refused(house: House, facts: dict, refusal: type) -> None:
    given = {"kind": "out_of_order", "from_date": day(0), "to_date": day(2), "reason": "paint"} | facts
    room_id = given.pop("room_id", house.rooms["101"])
    with house.refuses(refusal):
        house.do(rooms.put_out, room_id, operator=CLERK, **given)


def test_a_room_that_is_given_to_a_stay_is_not_put_out_of_order(house: House) -> None:
    stay = house.book(2, 4, "101")
    with house.refuses(rooms.RoomInUse, stay=stay):
        put_out(house, "101", 3, 6)
    put_out(house, "101", 3, 6, "out_of_service")
    put_out(house, "101", 0, 2)


def test_a_room_that_somebody_is_in_for_the_day_is_not_put_out_of_order(house: House) -> None:
    stay = house.arrive(departure=0, room="101")
    with house.refuses(rooms.RoomInUse):
        put_out(house, "101", 0, 1)
    house.leave(stay)


def test_a_room_is_put_back_before_its_time(house: House) -> None:
    outage = put_out(house, "101", 0, 5)
    house.end_day()
    house.do(rooms.put_back, outage, CLERK, day(2))
    assert [house.figures(number).out_of_order for number in range(4)] == [1, 1, 0, 0]
    with house.refuses(rooms.PeriodInvalid):
        house.do(rooms.put_back, outage, CLERK, day(3))
    house.do(rooms.put_back, outage, CLERK)
    assert [house.figures(number).out_of_order for number in range(4)] == [1, 0, 0, 0]
    with house.refuses(rooms.OutageInPast):
        house.do(rooms.put_back, outage, CLERK, day(0))


def test_an_outage_that_never_began_is_taken_back(house: House) -> None:
    outage = put_out(house, "101", 3, 5)
    house.do(rooms.put_back, outage, CLERK)
    assert house.rows(RoomOutage) == []
    with house.refuses(rooms.OutageUnknown):
        house.do(rooms.put_back, outage, CLERK)


def test_a_room_leaves_the_house_and_past_days_keep_it(house: House) -> None:
    put_out(house, "104", 0, 9)
    house.end_day()
    house.do(rooms.close_room, house.rooms["104"], CLERK)
    assert [(house.figures(number).inventory, house.figures(number).out_of_order) for number in (0, 1)] == [
        (5, 1),
        (4, 0),
    ]
    with house.refuses(rooms.RoomClosed):
        house.do(rooms.close_room, house.rooms["104"], CLERK)
    with house.refuses(rooms.RoomClosed):
        put_out(house, "104", 2, 3)
    with house.refuses(rooms.RoomClosed):
        house.book(1, 2, "104")


def test_a_room_that_is_given_does_not_leave_the_house(house: House) -> None:
    house.book(5, 6, "101")
    with house.refuses(rooms.RoomInUse):
        house.do(rooms.close_room, house.rooms["101"], CLERK)


def test_what_happens_to_a_room_is_told(house: House) -> None:
    put_out(house, "101", 1, 3)
    (told,) = house.told("room.put_out")
    assert (told.subject, told.operator) == (f"room:{house.rooms['101']}", CLERK)
    assert told.after == {
        "kind": "out_of_order",
        "from_date": "2026-03-02",
        "to_date": "2026-03-04",
        "reason": "water damage",
    }
    assert len(house.told("room.entered")) == len(house.rows(Room)) == 5
    assert len(house.told("room_type.entered")) == len(house.rows(RoomType)) == 2
