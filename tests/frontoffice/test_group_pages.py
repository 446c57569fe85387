"""The pages of groups: entered, booked, checked in, settled on the master and checked out together."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from frontoffice import groups, rooms
from frontoffice.models.desk import GroupMember, StayGroup
from frontoffice.models.guests import Guest
from frontoffice.models.stays import Stay
from tests.frontoffice.desk_client import PASSWORD, Client
from tests.frontoffice.house import CLERK, House, day

Desk = Callable[[str], Client]


@pytest.fixture
def cashier(desk: Desk) -> Client:
    return desk("cashier")


def make(house: House, *stays: int, limit: int | None = None) -> int:
    group = house.do(groups.add_group, code="TOUR", name="Tour of May", operator=CLERK, house_limit_minor=limit)
    if stays:
        house.do(groups.add_members, group.id, stays, CLERK)
    return group.id


def master_of(house: House, group: int) -> int:
    (found,) = house.rows(StayGroup, id=group)
    return found.folio_id


def test_a_group_is_entered_with_its_master_and_stands_in_the_list(cashier: Client, house: House) -> None:
    page = cashier.done("/groups/new", code="TOUR", name="<b>Tour</b>")
    (group,) = house.rows(StayGroup)
    assert "&lt;b&gt;Tour&lt;/b&gt;" in page
    assert f'href="/groups/{group.id}"' in cashier.page("/groups?text=tou")
    assert "No groups here" in cashier.page("/groups?text=%00nothing")


def test_a_limit_of_the_master_needs_who_may_set_limits(cashier: Client, house: House) -> None:
    typed = {"code": "TOUR", "name": "Tour", "house_limit": "1000"}
    page = cashier.refused("/groups/new", **typed)
    assert "needs somebody who may do it" in page
    assert 'value="1000"' in page
    assert house.rows(StayGroup) == []
    page = cashier.done("/groups/new", **typed, approver="supervisor", approver_password=PASSWORD)
    assert "1,000.00" in page
    told = house.told("folio.opened")[-1].after or {}
    assert (told["house_limit_minor"], told["authorised_by"]) == (100000, "supervisor")


def test_a_code_that_is_taken_is_refused_beside_the_code(cashier: Client, house: House) -> None:
    make(house)
    page = cashier.refused("/groups/new", code="TOUR", name="Another", remark="kept")
    assert "Group code TOUR is in use already." in page
    assert "kept" in page
    assert len(house.rows(StayGroup)) == 1


def test_a_group_changed_meanwhile_shows_the_other_version(cashier: Client, house: House) -> None:
    group = make(house)
    fields = cashier.form(f"/groups/{group}/edit") | {"name": "Mine"}
    house.do(groups.amend_group, group, 1, {"name": "Theirs"}, CLERK)
    answer = cashier.send(f"/groups/{group}/edit", fields)
    assert answer.status_code == 409
    assert "Meanwhile changed to: Theirs" in answer.text


def test_several_rooms_are_booked_at_once_with_the_names_that_are_known(cashier: Client, house: House) -> None:
    group = make(house)
    page = cashier.done(f"/groups/{group}/book", rooms="3", nights="2", names="First, Ms.\nSecond\n")
    assert "3 rooms were booked." in page
    assert sorted(each.surname for each in house.rows(Guest)) == ["First", "Guest", "Second", "Tour of May"]
    assert [each.departure for each in house.rows(Stay)] == [day(2)] * 3
    assert {(each.guaranteed, each.deposit_asked_minor) for each in house.rows(Stay)} == {(False, None)}


def test_what_the_group_guarantees_and_is_asked_for_stands_on_each_of_its_stays(cashier: Client, house: House) -> None:
    group = make(house)
    asked = {"guaranteed": "y", "deposit_asked_minor": "80.00", "deposit_due": str(day(3))}
    assert "2 rooms were booked." in cashier.done(f"/groups/{group}/book", rooms="2", arrival=str(day(5)), **asked)
    told = {(each.guaranteed, each.deposit_asked_minor, each.deposit_due_on) for each in house.rows(Stay)}
    assert (len(house.rows(Stay)), told) == (2, {(True, 8000, day(3))})


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"rooms": "5"}, "No STD is left"),
        ({"rooms": "0"}, "Book from 1 to 200 rooms at once"),
        ({"rooms": "1", "names": "A\nB"}, "no more names than rooms"),
        ({"nights": "-3"}, "A stay has at most"),
        ({"arrival": "2020-01-01"}, "is over"),
        ({"deposit_asked_minor": "80.00"}, "needs its amount and the day it is due on"),
        ({"deposit_due": "2026-03-02"}, "needs its amount and the day it is due on"),
        ({"deposit_asked_minor": "0.00", "deposit_due": "2026-03-02"}, "is more than zero"),
    ],
)
def test_a_booking_for_a_group_is_all_or_nothing(
    cashier: Client, house: House, typed: dict[str, str], said: str
) -> None:
    group = make(house)
    before = house.contents()
    asked = {"rooms": "2", "room_type_id": str(house.standard)} | typed
    assert said in cashier.refused(f"/groups/{group}/book", **asked)
    assert house.contents() == before


def test_stays_join_and_leave_a_group_by_their_numbers(cashier: Client, house: House) -> None:
    group, stays = make(house), [house.book(), house.book()]
    cashier.done(f"/groups/{group}/join", numbers=f"{stays[0]}, {stays[1]}")
    assert len(house.rows(GroupMember)) == 2
    assert "There is no stay 777" in cashier.refused(f"/groups/{group}/join", numbers="777")
    assert (
        "is not the number of a stay"
        in cashier.send(f"/groups/{group}/join", cashier.form(f"/groups/{group}/join") | {"numbers": "abc"}).text
    )
    cashier.done(f"/groups/{group}/remove", on=f"/groups/{group}/remove?stay={stays[0]}")
    assert [each.stay_id for each in house.rows(GroupMember)] == [stays[1]]


def test_rooms_are_given_to_all_who_have_none_from_the_groups_page(cashier: Client, house: House) -> None:
    stays = [house.book() for _ in range(2)]
    group = make(house, *stays)
    for number in ("101", "103"):
        house.book(0, 2, number)
    assert f'formaction="/groups/{group}/rooms"' in cashier.page(f"/groups/{group}")
    facts = {"kind": "out_of_service", "from_date": day(0), "to_date": day(2), "reason": "paint", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["104"], **facts)
    page = cashier.done(f"/groups/{group}/rooms")
    assert "1 were given a room." in page
    assert "No room of their type is free for all nights of:" in page
    assert "There is nobody" in cashier.refused(f"/groups/{group}/rooms", on=f"/groups/{group}/rooms?stay={stays[0]}")


def test_the_ready_ones_come_in_and_the_others_are_told_why_they_wait(cashier: Client, house: House) -> None:
    stays = [house.book(room="101"), house.book(room="102"), house.book()]
    house.do(rooms.set_condition, [house.rooms["102"]], "dirty", "housekeeper")
    group = make(house, *stays)
    asked = cashier.page(f"/groups/{group}/check-in")
    assert "Room 102 is dirty" in asked
    page = cashier.done(f"/groups/{group}/check-in")
    assert "1 checked in." in page
    assert "2 wait:" in page
    assert [house.stay(each).status for each in stays] == ["in_house", "confirmed", "confirmed"]


def test_a_group_is_settled_on_its_master_and_leaves_together(cashier: Client, house: House) -> None:
    stays = [house.arrive(1, "101"), house.arrive(1, "102")]
    house.charge_nights(*stays)
    group = make(house, *stays)
    asked = cashier.page(f"/groups/{group}/leave")
    assert asked.count("still owes") == 2
    assert "2 cannot leave yet." in asked
    fields = cashier.form(f"/groups/{group}/settle")
    answer = cashier.send(f"/groups/{group}/leave", fields)
    assert (answer.status_code, "Group TOUR cannot check out" in answer.text) == (409, True)
    assert [house.stay(each).status for each in stays] == ["in_house", "in_house"]
    owed = sum(float(house.balance(house.window(each))) for each in stays)
    assert "2 windows were moved to the master." in cashier.done(f"/groups/{group}/settle")
    assert float(house.balance(master_of(house, group))) == owed
    assert "2 checked out." in cashier.done(f"/groups/{group}/leave")
    assert [house.stay(each).status for each in stays] == ["departed", "departed"]


def test_a_settlement_that_is_sent_twice_moves_once(cashier: Client, house: House) -> None:
    stay = house.arrive(1)
    house.charge(stay, "40.00")
    group = make(house, stay)
    fields = cashier.form(f"/groups/{group}/settle")
    answers = [cashier.send(f"/groups/{group}/settle", fields).status_code for _time in range(2)]
    assert answers == [303, 303]
    assert house.balance(house.window(stay)) == "0.00"


def test_only_the_ticked_stays_and_the_named_codes_are_moved(cashier: Client, house: House) -> None:
    stays = [house.arrive(1, "101"), house.arrive(1, "102")]
    for stay in stays:
        house.charge(stay, "10.00", "RESTAURANT")
        house.charge(stay, "5.00", "BAR")
    before = [house.balance(house.window(each)) for each in stays]
    group = make(house, *stays)
    cashier.done(f"/groups/{group}/settle", on=f"/groups/{group}/settle?stay={stays[0]}", codes="BAR")
    after = [house.balance(house.window(each)) for each in stays]
    assert after[1] == before[1]
    assert float(after[0]) > 0
    assert float(after[0]) < float(before[0])


def test_the_masters_limit_holds_unless_somebody_approves(cashier: Client, house: House) -> None:
    stay = house.arrive(1)
    house.charge(stay, "40.00")
    group = make(house, stay, limit=1000)
    page = cashier.refused(f"/groups/{group}/settle")
    assert 'name="approver"' in page
    typed = cashier.form(f"/groups/{group}/settle") | {"approver": "supervisor", "approver_password": PASSWORD}
    assert cashier.send(f"/groups/{group}/settle", typed).status_code == 303
    assert house.balance(house.window(stay)) == "0.00"


def test_a_strangers_stay_cannot_be_slipped_into_a_groups_deed(cashier: Client, house: House) -> None:
    group, stranger = make(house, house.arrive(1, "101")), house.arrive(1, "102")
    typed = cashier.form(f"/groups/{group}/settle") | {"stay": [str(stranger)]}
    answer = cashier.send(f"/groups/{group}/settle", typed)
    assert answer.status_code == 409
    assert "does not belong to group TOUR" in answer.text


@pytest.mark.parametrize("ticked", ["abc", "-1", "9" * 40, ""])
def test_a_ticked_stay_that_can_be_none_is_a_message(cashier: Client, house: House, ticked: str) -> None:
    group = make(house, house.arrive(1))
    for deed in ("check-in", "settle", "leave", "remove"):
        assert cashier.get(f"/groups/{group}/{deed}?stay={ticked}").status_code == 422, deed
    assert cashier.get("/groups/999").status_code == 404
    assert cashier.get("/groups/999/leave").status_code == 404
