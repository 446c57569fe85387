"""Groups: booked, checked in, settled on the master and checked out together; all or none, with reasons for each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import codes, verify
from folios.db import in_unit_of_work
from folios.drafts import Origin, Posted
from folios.errors import (
    AmountNotPositive,
    ChangedMeanwhile,
    FolioClosed,
    HouseLimitExceeded,
    KeyReused,
    Refusal,
    VoucherEmpty,
)
from folios.folios import close_folio, open_folio
from folios.models import Folio, Posting, Voucher
from folios.payments import Payment, pay
from frontoffice import companies, group_stays, groups, reservations, rooms, stays
from frontoffice.availability import TypeSoldOut
from frontoffice.companies import CompanyUnknown
from frontoffice.departures import DepartureBlocked, NightNotCharged, WindowInCredit, WindowOwes
from frontoffice.fields import FieldMissing, FieldUnknown
from frontoffice.group_stays import GroupCannotLeave, GroupNotReady, NobodyThere
from frontoffice.groups import GroupCodeTaken, GroupUnknown, MemberElsewhere, MemberOver, NotMember
from frontoffice.lifecycle import StateForbids, StayUnknown
from frontoffice.models.desk import GroupMember, StayGroup
from frontoffice.models.stays import StayNight
from frontoffice.signals import guest_checked_in
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, at_once, day, euro, minor


class Party:
    """A group of one company in the little hotel."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.company = house.do(companies.add_company, CLERK, code="ACME", name="Acme Lda").id
        group = house.do(groups.add_group, code="ACME-3", name="Acme kick-off", operator=CLERK, company_id=self.company)
        self.id, self.master = group.id, group.folio_id

    def book(self, *numbers: str, departure: int = 1) -> list[int]:
        """Books members into rooms, from the first day on."""
        bookings = [self.house.booking(0, departure, number) for number in numbers]
        return [each.id for each in self.house.do(groups.book_group, self.id, bookings, CLERK)]

    def arrive(self, *numbers: str, departure: int = 1) -> list[int]:
        members = self.book(*numbers, departure=departure)
        self.house.do(group_stays.check_in_group, self.id, CLERK)
        return members

    def settle(self, members: list[int] | None = None, key: str | None = None, **facts: Any) -> dict[int, Posted]:
        origin = Origin(CLERK) if key is None else Origin(CLERK, sender="desk", key=key)
        return self.house.do(group_stays.settle_on_master, self.id, members, origin, **facts)

    def leave(self, members: list[int] | None = None) -> list[str]:
        return [each.status for each in self.house.do(group_stays.leave, self.id, members, CLERK)]

    def pay_master(self, amount: str) -> None:
        self.house.do(pay, Payment(self.master, "VISA", euro(amount)), Origin(CLERK))

    def members(self) -> dict[int, tuple[str | None, str, str]]:
        listed = self.house.do(groups.members, self.id)
        return {each.stay_id: (each.room, each.status, str(each.balance.decimal)) for each in listed}


@pytest.fixture
def party(house: House) -> Party:
    return Party(house)


# --- their rooms ------------------------------------------------------------------------------------------------


def without_rooms(party: Party, house: House, count: int, arrival: int = 0, departure: int = 1) -> list[int]:
    bookings = [house.booking(arrival, departure) for _ in range(count)]
    return [each.id for each in house.do(groups.book_group, party.id, bookings, CLERK)]


def room_numbers(party: Party) -> list[str | None]:
    return [room for room, _status, _balance in party.members().values()]


def test_rooms_are_given_to_all_who_have_none_the_ready_ones_first(party: Party, house: House) -> None:
    party.book("102")
    without_rooms(party, house, 2)
    house.do(rooms.set_condition, [house.rooms["101"]], "dirty", "housekeeper")
    done = house.do(group_stays.assign_group_rooms, party.id, CLERK)
    assert (len(done.given), list(done.without)) == (2, [])
    assert sorted(map(str, room_numbers(party))) == ["102", "103", "104"]
    with house.refuses(NobodyThere):
        house.do(group_stays.assign_group_rooms, party.id, CLERK)


def test_one_room_serves_two_who_follow_each_other_and_who_gets_none_is_told(party: Party, house: House) -> None:
    facts = {"kind": "out_of_service", "from_date": day(0), "to_date": day(9), "reason": "paint", "operator": CLERK}
    for number in ("102", "103", "104"):
        house.do(rooms.put_out, house.rooms[number], **facts)
    first, second = without_rooms(party, house, 1, 0, 2) + without_rooms(party, house, 1, 2, 4)
    long = without_rooms(party, house, 1, 1, 3)[0]
    done = house.do(group_stays.assign_group_rooms, party.id, CLERK)
    assert ([each.id for each in done.given], [each.id for each in done.without]) == ([first, second], [long])
    assert (party.members()[first][0], party.members()[second][0]) == ("101", "101")


def test_only_the_chosen_are_given_rooms_and_strangers_are_refused(party: Party, house: House) -> None:
    one, other = without_rooms(party, house, 2)
    house.do(group_stays.assign_group_rooms, party.id, CLERK, stay_ids=[other])
    assert (party.members()[one][0], party.members()[other][0]) == (None, "101")
    stranger = house.book()
    with house.refuses(NotMember):
        house.do(group_stays.assign_group_rooms, party.id, CLERK, stay_ids=[stranger])


def test_two_groups_that_are_given_rooms_at_once_get_different_ones(party: Party, house: House) -> None:
    other = house.do(groups.add_group, code="TOUR", name="Tour", operator=CLERK).id
    without_rooms(party, house, 2)
    house.do(groups.book_group, other, [house.booking(0, 1), house.booking(0, 1)], CLERK)

    def give(group: int) -> group_stays.Assigned:
        return in_unit_of_work(house.sessions, lambda session: group_stays.assign_group_rooms(session, group, CLERK))

    answers = at_once([partial(give, party.id), partial(give, other)])
    assert [len(each.given) for each in answers if isinstance(each, group_stays.Assigned)] == [2, 2]
    assert len({each.room_id for each in house.rows(StayNight)}) == 4


# --- the group --------------------------------------------------------------------------------------------------


def test_a_group_opens_its_master_folio(party: Party, house: House) -> None:
    (folio,) = house.rows(Folio, id=party.master)
    assert (folio.type, folio.ledger, folio.name, folio.status) == ("master", "guest", "Acme kick-off", "open")
    assert house.do(groups.find_group, "ACME-3").id == party.id
    (told,) = house.told("group.entered")
    assert (told.subject, told.after["folio_id"]) == (f"group:{party.id}", party.master)
    for verb, asked in ((groups.find_group, "none"), (groups.get_group, 999), (groups.members, 999)):
        with house.refuses(GroupUnknown):
            house.do(verb, asked)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"code": "ACME-3"}, GroupCodeTaken),
        ({"code": " "}, FieldMissing),
        ({"name": ""}, FieldMissing),
        ({"company_id": 999}, CompanyUnknown),
        ({"house_limit_minor": -1}, AmountNotPositive),
    ],
)
def test_a_group_that_cannot_be_is_refused(
    party: Party, house: House, facts: dict[str, Any], refusal: type[Refusal]
) -> None:
    with house.refuses(refusal):
        house.do(groups.add_group, **{"code": "X", "name": "X", "operator": CLERK} | facts)
    assert len(house.rows(StayGroup)) == 1


def test_a_code_is_given_once_when_two_ask_at_once(house: House) -> None:
    answers = at_once([lambda: house.do(groups.add_group, code="G", name="G", operator=CLERK)] * 3)
    assert sorted(type(each).__name__ for each in answers) == ["GroupCodeTaken", "GroupCodeTaken", "StayGroup"]
    assert len(house.rows(Folio, type="master")) == 1


def test_a_group_is_amended_and_its_master_takes_the_name(party: Party, house: House) -> None:
    changes = {"code": "A3", "name": "Acme reunion", "remark": "buses", "company_id": None}
    amended = house.do(groups.amend_group, party.id, 1, changes, CLERK)
    assert (amended.code, amended.company_id, amended.version) == ("A3", None, 2)
    assert house.rows(Folio, id=party.master)[0].name == "Acme reunion"
    house.do(groups.add_group, code="B", name="B", operator=CLERK)
    for wrong, refusal in (
        ({"code": "B"}, GroupCodeTaken),
        ({"name": " "}, FieldMissing),
        ({"folio_id": 1}, FieldUnknown),
        ({"company_id": 999}, CompanyUnknown),
    ):
        with house.refuses(refusal):
            house.do(groups.amend_group, party.id, 2, wrong, CLERK)
    with house.refuses(ChangedMeanwhile):
        house.do(groups.amend_group, party.id, 1, {"name": "Other"}, CLERK)


def test_a_group_is_booked_whole_or_not_at_all(party: Party, house: House) -> None:
    with house.refuses(TypeSoldOut):
        house.do(groups.book_group, party.id, [house.booking(0, 1)] * 5, CLERK)
    assert house.rows(GroupMember) == []
    booked = party.book("101", "102")
    assert party.members() == {
        booked[0]: ("101", "confirmed", "0.00"),
        booked[1]: ("102", "confirmed", "0.00"),
    }
    assert {house.stay(each).company_id for each in booked} == {party.company}
    (told,) = house.told("group.member.added")
    assert told.after == {"stay_ids": booked}


def test_a_stay_is_in_one_group_at_most(party: Party, house: House) -> None:
    other = house.do(groups.add_group, code="B", name="B", operator=CLERK).id
    mine, theirs, gone = house.book(), house.book(), house.book()
    house.do(groups.add_members, other, [theirs], CLERK)
    house.do(reservations.cancel, gone, CLERK, "plans changed")
    for stay, refusal in ((theirs, MemberElsewhere), (gone, MemberOver), (999, StayUnknown)):
        with house.refuses(refusal):
            house.do(groups.add_members, party.id, [mine, stay], CLERK)
    assert len(house.rows(GroupMember)) == 1
    house.do(groups.add_members, party.id, [mine], CLERK)
    house.do(groups.add_members, party.id, [mine], CLERK)
    assert {stay: group.code for stay, group in house.do(groups.groups_of, [mine, theirs, gone]).items()} == {
        mine: "ACME-3",
        theirs: "B",
    }
    with house.refuses(NotMember, stay=theirs, group="ACME-3"):
        house.do(groups.remove_member, party.id, theirs, CLERK)
    house.do(groups.remove_member, other, theirs, CLERK)
    house.do(groups.add_members, party.id, [theirs], CLERK)
    assert set(party.members()) == {mine, theirs}


def test_two_groups_that_take_a_stay_at_once_get_it_once(party: Party, house: House) -> None:
    other = house.do(groups.add_group, code="B", name="B", operator=CLERK).id
    stay = house.book()
    answers = at_once(
        [lambda group=group: house.do(groups.add_members, group, [stay], CLERK) for group in (party.id, other)]
    )
    assert sorted(type(each).__name__ for each in answers) == ["MemberElsewhere", "NoneType"]


def test_the_list_of_groups_tells_who_is_in_them(party: Party, house: House) -> None:
    house.do(groups.add_group, code="EMPTY", name="Nobody yet", operator=CLERK)
    first, *_ = party.arrive("101", "102", departure=3)
    later = party.book("103")
    house.do(reservations.cancel, later[0], CLERK, "plans changed")
    house.charge(first, "20.00")
    party.settle()
    with statements(house.engine) as sent:
        listed = house.do(groups.groups)
    assert len(sent) == 1
    assert [each.code for each in listed] == ["EMPTY", "ACME-3"]
    (found,) = house.do(groups.groups, "acme")
    assert (found.company, found.members, found.in_house, found.arrival, found.departure, found.balance) == (
        "Acme Lda",
        2,
        2,
        day(0),
        day(3),
        euro("20.00"),
    )


# --- checking in ------------------------------------------------------------------------------------------------


def test_a_group_checks_in_together(party: Party, house: House) -> None:
    members = party.book("101", "102", "103")
    arrival = house.do(group_stays.check_in_group, party.id, CLERK)
    assert ([each.id for each in arrival.checked_in], arrival.waiting) == (members, {})
    assert {status for _, status, _ in party.members().values()} == {"in_house"}
    with house.refuses(NobodyThere, group="ACME-3"):
        house.do(group_stays.check_in_group, party.id, CLERK)


def test_all_or_the_ready_ones_with_reasons_for_the_rest(party: Party, house: House) -> None:
    ready, dirty, roomless = *party.book("101", "102"), party.house.book()
    house.do(groups.add_members, party.id, [roomless], CLERK)
    house.do(rooms.set_condition, [house.rooms["102"]], "dirty", "housekeeper")
    told: list[list[int]] = []

    def hear(_session: Session, stay_ids: list[int]) -> None:
        told.append(stay_ids)

    with house.refuses(GroupNotReady, group="ACME-3") as refused:
        house.do(group_stays.check_in_group, party.id, CLERK)
    reasons = {stay: [type(each) for each in why] for stay, why in refused.value.params["obstacles"].items()}
    assert reasons == {str(dirty): [rooms.RoomNotReady], str(roomless): [stays.NoRoom]}
    assert f"stay {roomless}: Stay {roomless} has no room" in refused.value.text()
    with guest_checked_in.connected_to(hear):
        arrival = house.do(group_stays.check_in_group, party.id, CLERK, only_ready=True)
    assert [each.id for each in arrival.checked_in] == [ready]
    assert {stay: type(why) for stay, why in arrival.waiting.items()} == {
        dirty: rooms.RoomNotReady,
        roomless: stays.NoRoom,
    }
    assert {stay: status for stay, (_, status, _) in party.members().items()} == {
        ready: "in_house",
        dirty: "confirmed",
        roomless: "confirmed",
    }
    assert len(house.told("stay.checked_in")) == 1
    assert told == [[ready]]


def test_some_of_a_group_check_in_and_strangers_do_not(party: Party, house: House) -> None:
    first, second = party.book("101", "102")
    stranger = house.book(0, 1, "103")
    with house.refuses(NotMember, stay=stranger):
        house.do(group_stays.check_in_group, party.id, CLERK, stay_ids=[first, stranger])
    house.do(group_stays.check_in_group, party.id, CLERK, stay_ids=[second])
    assert [status for _, status, _ in party.members().values()] == ["confirmed", "in_house"]
    with house.refuses(GroupNotReady):
        house.do(group_stays.check_in_group, party.id, CLERK, stay_ids=[first, second])


# --- settling on the master -------------------------------------------------------------------------------------


def test_what_members_owe_goes_to_the_master_with_one_voucher_each(party: Party, house: House) -> None:
    first, second, third = party.arrive("101", "102", "103")
    house.charge(first, "20.00")
    house.charge(first, "5.00", "BAR")
    house.charge(second, "30.00")
    house.pay(second, "10.00")
    house.charge(third, "8.00")
    house.pay(third, "8.00")  # square: it stays the guest's own bill
    moved = party.settle()
    assert {folio: answer.total_minor for folio, answer in moved.items()} == {
        house.window(first): minor("25.00"),
        house.window(second): minor("40.00"),
    }
    assert len(house.rows(Voucher, kind="transfer")) == 2
    assert [balance for _, _, balance in party.members().values()] == ["0.00"] * 3
    assert house.balance(party.master) == "45.00"
    house.prove()


def test_only_the_chosen_codes_go_with_the_taxes_they_generated(party: Party, house: House) -> None:
    house.do(add_vat)
    first, second = party.arrive("101", "102")
    for stay in (first, second):
        house.charge(stay, "50.00", "SPA")
        house.charge(stay, "9.00", "BAR")
    party.settle([first], codes=["SPA"])
    assert house.balance(party.master) == "55.00"
    assert [balance for _, _, balance in party.members().values()] == ["9.00", "64.00"]
    with house.refuses(VoucherEmpty):
        party.settle([first], codes=["SPA"])
    moved = party.settle(codes=["SPA", "VAT10"])
    assert set(moved) == {house.window(second)}
    assert house.balance(party.master) == "110.00"
    by_code = {each.code for each in house.rows(Posting, voucher_id=moved[house.window(second)].voucher_id)}
    assert by_code == {"SPA", "VAT10"}
    house.prove()


def test_a_settlement_sent_twice_moves_nothing_more(party: Party, house: House) -> None:
    first, second = party.arrive("101", "102")
    house.charge(first, "20.00")
    house.charge(second, "30.00")
    answers = party.settle(key="k")
    house.charge(first, "7.00")
    again = party.settle(key="k")
    assert {folio: each.voucher_id for folio, each in again.items()} == {
        folio: each.voucher_id for folio, each in answers.items()
    }
    assert {each.total_minor for each in again.values()} == {minor("20.00"), minor("30.00")}
    assert all(each.replayed for each in again.values())
    assert (house.balance(house.window(first)), house.balance(party.master)) == ("7.00", "50.00")
    with house.refuses(KeyReused):
        party.settle([first], key="k")
    party.settle(key="k2")
    assert house.balance(party.master) == "57.00"


def test_two_who_settle_at_once_settle_once(party: Party, house: House) -> None:
    first, second = party.arrive("101", "102")
    house.charge(first, "20.00")
    house.charge(second, "30.00")
    answers = at_once([lambda: party.settle(key="k")] * 3)
    assert len({tuple(each.voucher_id for each in answer.values()) for answer in answers}) == 1
    assert house.balance(party.master) == "50.00"
    house.prove()


def test_the_master_has_its_limit_and_may_be_closed(house: House) -> None:
    group = house.do(groups.add_group, code="G", name="G", operator=CLERK, house_limit_minor=minor("30.00"))
    stay = house.arrive()
    house.do(groups.add_members, group.id, [stay], CLERK)
    house.charge(stay, "30.01")
    with house.refuses(HouseLimitExceeded):
        house.do(group_stays.settle_on_master, group.id, None, Origin(CLERK))
    house.do(group_stays.settle_on_master, group.id, None, Origin(CLERK), over_limit_by="manager")
    assert house.balance(group.folio_id) == "30.01"
    other = house.do(groups.add_group, code="H", name="H", operator=CLERK)
    guest = house.arrive(room="102")
    house.do(groups.add_members, other.id, [guest], CLERK)
    house.charge(guest, "5.00")
    house.do(close_folio, other.folio_id, CLERK)
    with house.refuses(FolioClosed):
        house.do(group_stays.settle_on_master, other.id, None, Origin(CLERK))


def test_nobody_and_nothing_are_not_settled(party: Party, house: House) -> None:
    with house.refuses(NobodyThere):
        party.settle()
    members = party.arrive("101")
    with house.refuses(VoucherEmpty):
        party.settle()
    stranger = house.arrive(room="102")
    with house.refuses(NotMember):
        party.settle([*members, stranger])


# --- leaving ----------------------------------------------------------------------------------------------------


def test_a_group_leaves_together_once_its_windows_are_square(party: Party, house: House) -> None:
    members = party.arrive("101", "102", departure=1)
    house.charge_nights(*members)
    party.settle()
    assert party.leave() == ["departed", "departed"]
    assert [house.room(number) for number in ("101", "102")] == [("vacant", "dirty")] * 2
    assert house.balance(party.master) == "200.00"
    party.pay_master("200.00")
    house.prove()
    with house.refuses(NobodyThere):
        party.leave()


def test_everything_in_the_way_of_each_is_named_and_nobody_leaves(party: Party, house: House) -> None:
    first, second, third = party.arrive("101", "102", "103")
    booked = party.book("104")[0]
    house.charge_nights(first, third)
    house.charge(second, "12.00")
    house.pay(third, "150.00")
    with house.refuses(GroupCannotLeave, group="ACME-3") as refused:
        party.leave([first, second, third, booked])
    told = {
        stay: sorted(type(each).__name__ for each in why) for stay, why in refused.value.params["obstacles"].items()
    }
    assert told == {
        str(first): [WindowOwes.__name__],
        str(second): sorted([NightNotCharged.__name__, WindowOwes.__name__]),
        str(third): [WindowInCredit.__name__],
        str(booked): [StateForbids.__name__],
    }
    assert f"stay {first}: window 1 still owes 100.00; stay {second}: " in refused.value.text()
    assert {status for _, status, _ in party.members().values()} == {"in_house", "confirmed"}
    house.pay(first, "100.00")
    assert party.leave([first]) == ["departed"]
    with house.refuses(DepartureBlocked):
        house.check_out(second)


def test_two_who_let_a_group_leave_at_once_do_it_once(party: Party, house: House) -> None:
    members = party.arrive("101", "102")
    house.charge_nights(*members)
    party.settle()
    answers = at_once([party.leave] * 3)
    assert sum(each == ["departed", "departed"] for each in answers) == 1
    assert sum(isinstance(each, NobodyThere) for each in answers) == 2
    assert len(house.told("stay.checked_out")) == 2


def test_a_group_of_ten_takes_as_many_statements_as_one_of_two(party: Party, house: House) -> None:
    new = [rooms.NewRoom(f"3{number:02}", house.standard) for number in range(12)]
    house.rooms |= {each.number: each.id for each in house.do(rooms.add_rooms, new, CLERK)}
    numbers = [each.number for each in new]
    counts: list[list[int]] = []
    for count, these in ((2, numbers[:2]), (10, numbers[2:])):
        counts.append([])
        members = party.book(*these)
        verbs: list[Callable[[], Any]] = [
            lambda: house.do(group_stays.check_in_group, party.id, CLERK),
            party.members,
            party.settle,
            party.leave,
        ]
        for verb in verbs:
            if verb == party.settle:
                house.charge_nights(*members)
            with statements(house.engine) as sent:
                answer = verb()
            counts[-1].append(len(sent))
        assert len(answer) == count
    assert counts[0] == counts[1]


def test_a_night_between_does_not_part_a_group(party: Party, house: House) -> None:
    members = party.arrive("101", "102", departure=1)
    house.end_day()
    party.settle(codes=["ROOM"])
    assert house.balance(party.master) == "200.00"
    assert party.leave(members) == ["departed", "departed"]
    house.prove()


def test_the_proof_finds_a_group_without_a_master(party: Party, house: House) -> None:
    with house.sessions() as session:
        session.execute(sa.text("UPDATE stay_group SET folio_id = 1"))
        assert len([each for each in verify.run(session) if each.differences]) == 1
        session.rollback()


def add_vat(session: Session) -> None:
    """From now on the spa's charges generate ten percent on top."""
    folio = open_folio(session, type="control", name="VAT", number="VAT10", operator=CLERK)
    facts = {"code": "VAT10", "name": "VAT", "kind": "tax", "department": "Taxes", "folio_id": folio.id}
    codes.add_code(session, **facts, operator=CLERK)
    codes.add_tax(session, code="VAT10", operator=CLERK, basis="percent", inclusive=False, stacked=False)
    codes.set_rate(session, "VAT10", day(0), rate_ppm=100_000, operator=CLERK)
    codes.set_taxes(session, "SPA", ["VAT10"], CLERK)
