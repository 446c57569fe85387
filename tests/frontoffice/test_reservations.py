"""Stays before they begin: booked, amended, given a room, cancelled, marked as a no-show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from folios.drafts import Origin
from folios.errors import AmountTooLarge, ChangedMeanwhile, ReasonMissing, TextInvalid, TextTooLong
from folios.money import MOST_MINOR
from frontoffice import deposits, nights, rates, reservations, rooms
from frontoffice.assignment import RoomTaken
from frontoffice.availability import TypeSoldOut
from frontoffice.companies import CompanyUnknown
from frontoffice.fields import FieldUnknown
from frontoffice.guests import GuestUnknown
from frontoffice.lifecycle import NEXT, STATE_WORDS, VERB_WORDS, StateForbids, StayUnknown, after, get_stay, standing
from frontoffice.models.rooms import Room
from frontoffice.models.stays import STATES, Stay, StayNight
from frontoffice.nights import AgreedPrice
from frontoffice.windows import MethodUnknown
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, at_once, day, euro, minor

# --- the life of a stay -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERB_WORDS)
@pytest.mark.parametrize("state", STATES)
def test_every_verb_is_allowed_or_refused_in_every_state_as_the_table_says(state: str, verb: str) -> None:
    stay = Stay(id=7, status=state)
    if (state, verb) in NEXT:
        assert after(stay, verb) == NEXT[state, verb]
    else:
        with pytest.raises(StateForbids) as refused:
            after(stay, verb)
        assert refused.value.params == {"stay": "7", "state": state, "verb": verb}
        assert refused.value.text() == f"Stay 7 is {STATE_WORDS[state]}. Not possible: {VERB_WORDS[verb]}."


def test_the_table_knows_only_states_and_verbs_that_have_words() -> None:
    assert set(STATE_WORDS) == set(STATES)
    assert {verb for _, verb in NEXT} == set(VERB_WORDS)
    assert {state for state, _ in NEXT} | set(NEXT.values()) == set(STATES)


@pytest.mark.parametrize(
    ("status", "arrival", "departure", "word"),
    [
        ("confirmed", 1, 3, "expected"),
        ("confirmed", 0, 3, "due_in"),
        ("confirmed", -1, 3, "due_in"),
        ("in_house", -1, 1, "stay_over"),
        ("in_house", 0, 0, "due_out"),
        ("in_house", -2, 0, "due_out"),
        ("in_house", -2, -1, "due_out"),
        ("departed", -2, 0, "departed"),
        ("cancelled", 1, 2, "cancelled"),
        ("no_show", -1, 2, "no_show"),
    ],
)
def test_what_the_desk_calls_a_stay_follows_from_the_business_date(
    status: str, arrival: int, departure: int, word: str
) -> None:
    assert standing(Stay(status=status, arrival=day(arrival), departure=day(departure)), day(0)) == word


# --- booking ----------------------------------------------------------------------------------------------------


def test_a_booking_fixes_the_price_of_each_night(house: House) -> None:
    house.do(
        rates.set_price,
        "BAR",
        house.standard,
        from_date=day(1),
        to_date=day(2),
        price_minor=minor("130.00"),
        operator=CLERK,
    )
    stay = house.book(0, 3, "102", adults=2, children=1, agent="Agency", remark="<b>late</b>")
    assert house.nights(stay) == [(0, "102", "100.00"), (1, "102", "130.00"), (2, "102", "100.00")]
    found = house.stay(stay)
    assert (found.status, found.number, found.nights, found.booked_on) == ("confirmed", str(stay), 3, day(0))
    assert (found.agent, found.remark, found.version) == ("Agency", "<b>late</b>", 1)
    (told,) = house.told("stay.booked")
    assert (told.subject, told.operator, told.after["departure"]) == (f"stay:{stay}", CLERK, "2026-03-04")


def test_a_day_use_has_a_price_and_takes_no_night_of_the_room(house: House) -> None:
    stay = house.book(0, 0, "101")
    assert house.nights(stay) == [(0, None, "100.00")]
    assert house.book(0, 1, "101")


@pytest.mark.parametrize("nature", ["complimentary", "house_use"])
def test_who_does_not_pay_costs_nothing_unless_agreed(house: House, nature: str) -> None:
    assert house.nights(house.book(0, 1, nature=nature)) == [(0, None, "0.00")]
    agreed = AgreedPrice(minor("20.00"), "half of it")
    assert house.nights(house.book(0, 1, nature=nature, agreed=agreed)) == [(0, None, "20.00")]


def test_an_agreed_price_takes_the_place_of_the_rate_and_says_why(house: House) -> None:
    stay = house.book(299, 301, agreed=AgreedPrice(minor("75.00"), " regular guest "))
    (first, second) = house.rows(StayNight, stay_id=stay)
    assert (first.price_minor, second.price_minor) == (7500, 7500)
    assert (first.override_reason, first.overridden_by) == ("regular guest", CLERK)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"departure": day(-1)}, reservations.DepartureBeforeArrival),
        ({"arrival": day(-1)}, reservations.ArrivalInPast),
        ({"departure": day(366)}, reservations.StayTooLong),
        ({"adults": 0}, reservations.PartyInvalid),
        ({"adults": 100}, reservations.PartyInvalid),
        ({"children": -1}, reservations.PartyInvalid),
        ({"guest_id": 999}, GuestUnknown),
        ({"company_id": 999}, CompanyUnknown),
        ({"room_type_id": 999}, rooms.RoomTypeUnknown),
        ({"room_id": 999}, rooms.RoomUnknown),
        ({"rate_code": "XXX"}, rates.RateUnknown),
        ({"nature": "friend"}, reservations.NatureUnknown),
        ({"payment_method": "shells"}, MethodUnknown),
        ({"agreed": AgreedPrice(-1, "gift")}, rates.PriceNegative),
        ({"agreed": AgreedPrice(MOST_MINOR + 1, "slip")}, AmountTooLarge),
        ({"agreed": AgreedPrice(1, " ")}, ReasonMissing),
        ({"remark": "x" * 10_000}, TextTooLong),
        ({"agent": "a\x00gent"}, TextInvalid),
        ({"source": "web"}, reservations.ReferenceIncomplete),
        ({"reference": "1"}, reservations.ReferenceIncomplete),
        ({"booked_on": day(1)}, reservations.DayNotPossible),
    ],
)
def test_a_booking_that_cannot_be_is_refused(house: House, facts: dict[str, Any], refusal: type) -> None:
    with house.refuses(refusal):
        house.do(reservations.book, replace(house.booking(), **facts), CLERK)


def test_a_room_is_not_given_to_two_stays_for_a_night(house: House) -> None:
    first = house.book(1, 3, "101")
    for begin, end in ((0, 2), (2, 4), (1, 3), (0, 5), (2, 3)):
        with house.refuses(RoomTaken, room="101", stay=first):
            house.book(begin, end, "101")
    house.book(0, 1, "101")
    house.book(3, 4, "101")


def test_two_bookings_of_one_call_cannot_have_the_same_room(house: House) -> None:
    with house.refuses(RoomTaken):
        house.do(reservations.book_all, [house.booking(0, 2, "101"), house.booking(1, 3, "101")], CLERK)


def test_a_room_out_of_order_or_out_of_service_is_not_booked(house: House) -> None:
    facts = {"from_date": day(1), "to_date": day(2), "reason": "paint", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["101"], kind="out_of_order", **facts)
    house.do(rooms.put_out, house.rooms["102"], kind="out_of_service", **facts)
    with house.refuses(rooms.RoomOutOfOrder, room="101", reason="paint"):
        house.book(0, 2, "101")
    with house.refuses(rooms.RoomOutOfService):
        house.book(0, 2, "102")
    house.book(0, 1, "101")


def test_an_import_can_be_repeated_by_its_references(house: House) -> None:
    stay = house.book(0, 1, source="web", reference="A-1")
    with house.refuses(reservations.ReferenceTaken, stay=stay):
        house.book(0, 1, source="web", reference="A-1")
    with house.refuses(reservations.ReferenceTaken):
        bookings = [house.booking(0, 1, source="web", reference="A-2")] * 2
        house.do(reservations.book_all, bookings, CLERK)
    house.book(0, 1, source="channel", reference="A-1")
    assert house.do(reservations.known_references, "web", ["A-1", "A-2"]) == {"A-1": stay}


def test_the_same_reference_sent_twice_at_once_is_booked_once(house: House) -> None:
    booking = house.booking(0, 1, source="web", reference="A-1")
    answers = at_once([lambda: house.do(reservations.book, booking, CLERK)] * 3)
    assert sorted(type(answer).__name__ for answer in answers) == ["ReferenceTaken", "ReferenceTaken", "Stay"]


# --- amending ---------------------------------------------------------------------------------------------------


def amend(house: House, stay: int, **changes: Any) -> Stay:
    version = house.stay(stay).version
    return house.do(reservations.amend, stay, version, changes, CLERK)


def test_new_dates_keep_the_nights_they_share_and_price_the_others(house: House) -> None:
    stay = house.book(1, 3, "101")
    house.do(nights.override_price, stay, [day(1)], minor("80.00"), "noise", CLERK)
    amended = amend(house, stay, arrival=day(0), departure=day(2), remark="earlier")
    assert (amended.arrival, amended.departure, amended.remark, amended.room_id) == (
        day(0),
        day(2),
        "earlier",
        house.rooms["101"],
    )
    assert house.nights(stay) == [(0, "101", "100.00"), (1, "101", "80.00")]
    (told,) = house.told("stay.amended")
    assert told.before == {"arrival": "2026-03-02", "departure": "2026-03-04", "remark": None}


def test_nights_without_a_price_cost_as_much_as_the_last_one_when_dates_change(house: House) -> None:
    stay = house.book(0, 1, agreed=AgreedPrice(minor("70.00"), "agreed"))
    house.do(rates.add_rate, code="NONE", name="Without prices", operator=CLERK)
    with house.refuses(rates.NoPrice):
        amend(house, stay, rate_code="NONE")
    imported = house.book(0, 1, rate_code="NONE", agreed=AgreedPrice(minor("70.00"), "agreed"))
    amend(house, imported, departure=day(2))
    assert house.nights(imported) == [(0, None, "70.00"), (1, None, "70.00")]


def test_another_rate_type_or_nature_prices_every_night_anew(house: House) -> None:
    stay = house.book(0, 2, "101", agreed=AgreedPrice(minor("70.00"), "agreed"))
    amended = amend(house, stay, room_type_id=house.suite)
    assert (amended.room_id, house.nights(stay)) == (None, [(0, None, "250.00"), (1, None, "250.00")])
    amend(house, stay, nature="complimentary")
    assert house.nights(stay) == [(0, None, "0.00"), (1, None, "0.00")]


def test_a_stay_becomes_a_day_use_and_a_night_again(house: House) -> None:
    stay = house.book(0, 2, "101")
    amend(house, stay, departure=day(0))
    assert house.nights(stay) == [(0, None, "100.00")]
    amend(house, stay, departure=day(1))
    assert house.nights(stay) == [(0, "101", "100.00")]


def test_amending_a_stay_that_was_changed_meanwhile_is_refused(house: House) -> None:
    stay = house.book(0, 2)
    amend(house, stay, adults=2)
    for changes in ({"adults": 3}, {"departure": day(5)}):
        with house.refuses(ChangedMeanwhile):
            house.do(reservations.amend, stay, 1, changes, CLERK)


def test_two_who_amend_the_same_stay_at_once_do_not_overwrite_each_other(house: House) -> None:
    stay = house.book(0, 2)
    answers = at_once(
        [lambda count=count: house.do(reservations.amend, stay, 1, {"adults": count}, CLERK) for count in (2, 3)]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["ChangedMeanwhile", "Stay"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"arrival": day(-1)}, reservations.ArrivalInPast),
        ({"departure": day(-1)}, reservations.DepartureBeforeArrival),
        ({"departure": day(400)}, reservations.StayTooLong),
        ({"room_type_id": 999}, rooms.RoomTypeUnknown),
        ({"rate_code": "XXX"}, rates.RateUnknown),
        ({"nature": "friend"}, reservations.NatureUnknown),
        ({"guest_id": 999}, GuestUnknown),
        ({"company_id": 999}, CompanyUnknown),
        ({"adults": 0}, reservations.PartyInvalid),
        ({"payment_method": "shells"}, MethodUnknown),
        ({"remark": "x" * 10_000}, TextTooLong),
        ({"status": "in_house"}, FieldUnknown),
        ({"room_id": 1}, FieldUnknown),
    ],
)
def test_an_amendment_that_cannot_be_is_refused(house: House, changes: dict[str, Any], refusal: type) -> None:
    stay = house.book(0, 2)
    with house.refuses(refusal):
        amend(house, stay, **changes)


def test_an_amendment_takes_only_what_is_left(house: House) -> None:
    stay = house.book(0, 1, "101")
    other = house.book(1, 2, "101")
    with house.refuses(RoomTaken, stay=other):
        amend(house, stay, departure=day(2))
    for _ in range(3):
        house.book(1, 2)
    house.do(reservations.assign_room, stay, None, CLERK)
    with house.refuses(TypeSoldOut, day=day(1)):
        amend(house, stay, departure=day(2))


def test_a_sold_out_house_does_not_stand_in_the_way_of_a_shorter_stay(house: House) -> None:
    stay = house.book(0, 3)
    for _ in range(3):
        house.book(0, 3)
    amend(house, stay, arrival=day(1), departure=day(2))
    assert house.nights(stay) == [(1, None, "100.00")]


def test_a_stay_in_house_takes_new_details_but_no_new_plan(house: House) -> None:
    stay = house.arrive()
    assert amend(house, stay, adults=2, departure=day(2)).adults == 2
    with house.refuses(StateForbids, verb="plan", state="in_house"):
        amend(house, stay, departure=day(4))


def test_an_unknown_stay_is_refused(house: House) -> None:
    for verb in (
        lambda: house.do(get_stay, 999),
        lambda: house.do(reservations.amend, 999, 1, {"adults": 2}, CLERK),
        lambda: house.do(reservations.assign_room, 999, None, CLERK),
        lambda: house.do(reservations.cancel, 999, CLERK, "ill"),
        lambda: house.do(reservations.mark_no_show, 999, CLERK),
    ):
        with house.refuses(StayUnknown):
            verb()


# --- prices of nights -------------------------------------------------------------------------------------------


def test_a_price_is_overridden_with_a_reason_for_some_nights(house: House) -> None:
    stay = house.book(0, 3)
    house.do(nights.override_price, stay, [day(1), day(2)], minor("60.00"), "noise", CLERK)
    assert [price for *_, price in house.nights(stay)] == ["100.00", "60.00", "60.00"]
    (told,) = house.told("stay.price.overridden")
    assert told.before == {"2026-03-02": 10000, "2026-03-03": 10000}


def test_an_override_that_cannot_be_is_refused(house: House) -> None:
    stay = house.arrive(departure=3)
    house.end_day()
    for days, price, reason, refusal in (
        ([day(0)], 1, "late", nights.NightOver),
        ([day(3)], 1, "after", nights.NightUnknown),
        ([day(1)], -1, "below", rates.PriceNegative),
        ([day(1)], 1, "", ReasonMissing),
    ):
        with house.refuses(refusal):
            house.do(nights.override_price, stay, days, price, reason, CLERK)


# --- the room ---------------------------------------------------------------------------------------------------


def test_a_room_is_assigned_changed_and_taken_off(house: House) -> None:
    stay = house.book(0, 2)
    assert house.do(reservations.assign_room, stay, house.rooms["101"], CLERK).room_id == house.rooms["101"]
    house.do(reservations.assign_room, stay, house.rooms["102"], CLERK)
    assert house.nights(stay) == [(0, "102", "100.00"), (1, "102", "100.00")]
    house.book(0, 2, "101")
    assert house.do(reservations.assign_room, stay, None, CLERK).room_id is None
    assert house.nights(stay) == [(0, None, "100.00"), (1, None, "100.00")]


def test_an_upgrade_takes_the_better_type_at_the_booked_price(house: House) -> None:
    stay = house.book(0, 2)
    house.do(reservations.assign_room, stay, house.rooms["201"], CLERK)
    assert house.nights(stay) == [(0, "201", "100.00"), (1, "201", "100.00")]
    with house.refuses(TypeSoldOut):
        house.book(0, 1, room_type_id=house.suite)
    for _ in range(4):
        house.book(0, 2)
    with house.refuses(TypeSoldOut, room_type="STD"):
        house.do(reservations.assign_room, stay, None, CLERK)


def test_two_stays_swap_their_rooms_in_one_call(house: House) -> None:
    first, second = house.book(0, 2, "101"), house.book(0, 2, "102")
    house.do(reservations.assign_rooms, {first: house.rooms["102"], second: house.rooms["101"]}, CLERK)
    assert (house.nights(first)[0][1], house.nights(second)[0][1]) == ("102", "101")


def test_a_room_out_of_service_is_assigned_only_when_that_is_accepted(house: House) -> None:
    stay = house.book(0, 2)
    facts = {"from_date": day(1), "to_date": day(2), "reason": "lamp", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["101"], kind="out_of_service", **facts)
    with house.refuses(rooms.RoomOutOfService):
        house.do(reservations.assign_room, stay, house.rooms["101"], CLERK)
    house.do(reservations.assign_room, stay, house.rooms["101"], CLERK, accept_out_of_service=True)


# --- not coming -------------------------------------------------------------------------------------------------


def test_a_cancelled_stay_gives_its_room_back_and_keeps_its_prices(house: House) -> None:
    stay = house.book(1, 3, "101")
    house.end_day()
    cancelled = house.do(reservations.cancel, stay, CLERK, "plans changed", day(0))
    assert (cancelled.status, cancelled.cancelled_on, cancelled.room_id) == ("cancelled", day(0), None)
    assert house.nights(stay) == [(1, None, "100.00"), (2, None, "100.00")]
    assert house.book(1, 3, "101")
    (told,) = house.told("stay.cancelled")
    assert told.after == {"status": "cancelled", "reason": "plans changed", "cancelled_on": "2026-03-01"}


def test_a_cancellation_that_cannot_be_is_refused(house: House) -> None:
    stay = house.book(1, 3)
    for reason, on, refusal in (
        (" ", None, ReasonMissing),
        ("ill", day(1), reservations.DayNotPossible),
        ("ill", day(-1), reservations.DayNotPossible),
    ):
        with house.refuses(refusal):
            house.do(reservations.cancel, stay, CLERK, reason, on)
    house.do(reservations.cancel, stay, CLERK, "ill")
    with house.refuses(StateForbids, state="cancelled", verb="cancel"):
        house.do(reservations.cancel, stay, CLERK, "ill")


def test_a_booking_taken_over_from_elsewhere_can_have_been_cancelled_before_today(house: House) -> None:
    stay = house.book(5, 6, booked_on=day(-20))
    assert house.do(reservations.cancel, stay, CLERK, "ill", day(-10)).cancelled_on == day(-10)


def test_a_no_show_is_marked_on_the_day_or_after_and_not_before(house: House) -> None:
    today, tomorrow = house.book(0, 2, "101"), house.book(1, 2, "102")
    with house.refuses(reservations.NotDueYet):
        house.do(reservations.mark_no_show, tomorrow, CLERK)
    assert house.do(reservations.mark_no_show, today, CLERK).status == "no_show"
    assert house.nights(today) == [(0, None, "100.00"), (1, None, "100.00")]


def test_the_night_marks_everybody_who_was_due_and_did_not_come(house: House) -> None:
    due = [house.book(0, 2), house.book(0, 1)]
    later = house.book(1, 2)
    here = house.arrive(room="104", departure=1)
    with house.refuses(reservations.DayNotPossible):
        house.do(reservations.mark_no_shows, day(1), "auditor")
    marked = house.do(reservations.mark_no_shows, day(0), "auditor")
    assert sorted(stay.id for stay in marked) == due
    assert house.do(reservations.mark_no_shows, day(0), "auditor") == []
    assert [house.stay(stay).status for stay in (*due, later, here)] == ["no_show", "no_show", "confirmed", "in_house"]


# --- deposits ---------------------------------------------------------------------------------------------------


def test_deposits_of_a_stay_stand_on_one_folio(house: House) -> None:
    stay = house.book(1, 2)
    for key in ("a", "b", "b"):
        origin = Origin(CLERK, sender="web", key=key)
        house.do(deposits.take_deposit, stay, code="VISA", amount=euro("30.00"), origin=origin)
    assert house.balance(house.stay(stay).deposit_folio_id) == "-60.00"


def test_a_deposit_that_is_not_there_is_neither_moved_nor_used(house: House) -> None:
    stay, other = house.book(1, 2), house.book(1, 2)
    with house.refuses(deposits.NoDeposit):
        house.do(deposits.move_deposit, stay, other, Origin(CLERK))
    house.do(reservations.cancel, stay, CLERK, "ill")
    with house.refuses(deposits.NoDeposit):
        house.do(deposits.apply_deposit, stay, CLERK)
    with house.refuses(StateForbids, verb="take_deposit"):
        house.do(deposits.take_deposit, stay, code="VISA", amount=euro("1.00"), origin=Origin(CLERK))


# --- in sets ----------------------------------------------------------------------------------------------------


def test_many_stays_take_no_more_statements_than_a_few(house: House) -> None:
    new = [rooms.NewRoom(f"5{number:02}", house.standard) for number in range(60)]
    house.do(rooms.add_rooms, new, CLERK)
    numbers = [room.id for room in house.rows(Room) if room.number.startswith("5")]
    counts: dict[str, list[int]] = {"book": [], "assign": [], "cancel": [], "no_show": []}

    def count(verb: str, *work: Any) -> Any:
        with statements(house.engine) as sent:
            answer = house.do(*work)
        counts[verb].append(len(sent))
        return answer

    for many in (5, 50):
        facts = {"company_id": None, "source": "web", "agreed": AgreedPrice(5000, "group")}
        bookings = [house.booking(0, 3, **facts, reference=f"{many}-{number}") for number in range(many)]
        ids = [stay.id for stay in count("book", reservations.book_all, bookings, CLERK)]
        count("assign", reservations.assign_rooms, dict(zip(ids, numbers, strict=False)), CLERK)
        count("cancel", reservations.cancel_all, ids, CLERK, "group cancelled")
        house.do(reservations.book_all, [house.booking(0, 1) for _ in range(many)], CLERK)
        assert len(count("no_show", reservations.mark_no_shows, day(0), CLERK)) == many
    assert all(few == lot for few, lot in counts.values()), counts


def test_nothing_asked_is_nothing_done(house: House) -> None:
    before = house.contents()
    assert house.do(reservations.book_all, [], CLERK) == []
    assert house.do(reservations.assign_rooms, {}, CLERK) == {}
    assert house.do(reservations.cancel_all, [], CLERK, "ill") == []
    assert house.contents() == before
