"""What is told to be allowed of a stay is not refused, and what is told not to be is refused by the same code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from folios import db
from folios.business_day import open_date
from folios.drafts import Origin
from folios.errors import Refusal
from folios.lines import standing_lines
from folios.models import Posting
from frontoffice import allowed, deposits, disputes, expected_again, nights, reservations, rooms, stays, windows
from frontoffice.lifecycle import NEXT, get_stays
from frontoffice.models.stays import Stay
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, day, euro


class Undone(Exception):
    """Ends a unit of work that was only a try."""


def tried(house: House, verb: Callable[..., Any], *facts: Any, **more: Any) -> str | None:
    """The code by which a verb refuses, None when it does not; nothing is left of it either way."""
    try:
        with db.unit_of_work(house.sessions) as session:
            verb(session, *facts, **more)
            raise Undone
    except Undone:
        return None
    except Refusal as refusal:
        return refusal.code


def code_of(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code


def told(house: House, stay_id: int) -> dict[str, str | None]:
    """What may be done with a stay, by verb."""
    answers = house.do(lambda session: allowed.stay_actions(session, get_stays(session, [stay_id]).values()))[stay_id]
    return {verb: code_of(refusal) for verb, refusal in answers.items()}


def done(house: House, stay: Stay, other: int) -> dict[str, str | None]:
    """What each verb says that needs no choice, or for which there is one that always fits."""
    today = house.do(open_date)
    deposit = {"code": "VISA", "amount": euro("1.00"), "origin": Origin(CLERK)}
    plan = tried(house, reservations.amend, stay.id, stay.version, {"nature": "house_use"}, CLERK)
    again = tried(house, expected_again.expect_again, stay.id, CLERK)
    return {
        "describe": tried(house, reservations.amend, stay.id, stay.version, {"remark": "quiet"}, CLERK),
        "plan": plan if plan == "stay.state" else None,  # whether the room it has is out is told when it is tried
        "price": tried(house, nights.override_price, stay.id, [], 100, "agreed", CLERK),
        "assign_room": tried(house, reservations.assign_room, stay.id, None, CLERK),
        "take_deposit": tried(house, deposits.take_deposit, stay.id, **deposit),
        "move_deposit": tried(house, deposits.move_deposit, stay.id, other, Origin(CLERK)),
        "apply_deposit": tried(house, deposits.apply_deposit, stay.id, CLERK),
        "cancel": tried(house, reservations.cancel, stay.id, CLERK, "the plans changed"),
        "mark_no_show": tried(house, reservations.mark_no_show, stay.id, CLERK),
        "expect_again": again if again != "room_type.sold_out" else None,  # as with a plan
        "check_in": tried(house, stays.check_in, stay.id, CLERK),
        "open_window": tried(house, windows.open_window, stay.id, CLERK),
        "shorten": tried(house, stays.shorten, stay.id, today, CLERK),
        "reverse_check_in": tried(house, stays.reverse_check_in, stay.id, CLERK),
        "check_out": tried(house, stays.check_out, stay.id, CLERK),
        "reinstate": tried(house, stays.reinstate, stay.id, CLERK),
    }


class Week:
    """A few rooms and stays with which anything may happen."""

    def __init__(self, house: House, random: Random) -> None:
        self.house, self.random = house, random
        self.stays: list[int] = []

    def act(self) -> None:
        house, random = self.house, self.random
        today = (house.do(open_date) - day(0)).days
        number = random.choice([*house.rooms, None])
        stay = random.choice(self.stays) if self.stays else 0
        room = random.choice(list(house.rooms))
        deeds: list[Callable[[], object]] = [
            lambda: self.stays.append(
                house.book(today + random.choice([0, 0, 1]), today + random.choice([1, 3]), number)
            ),
            lambda: self.stays.append(house.book(today, today, number)),
            lambda: house.do(stays.check_in, stay, CLERK),
            lambda: house.do(stays.check_in, stay, CLERK, room_id=house.rooms[room]),
            lambda: house.leave(stay),
            lambda: house.charge(stay, "5.00"),
            lambda: house.do(reservations.cancel, stay, CLERK, "the plans changed"),
            lambda: house.do(reservations.mark_no_show, stay, CLERK),
            lambda: house.do(deposits.take_deposit, stay, code="VISA", amount=euro("20.00"), origin=Origin(CLERK)),
            lambda: house.do(rooms.set_condition, [house.rooms[room]], random.choice(["clean", "dirty"]), CLERK),
            lambda: house.do(
                rooms.put_out,
                house.rooms[room],
                kind=random.choice(["out_of_order", "out_of_service"]),
                from_date=day(today),
                to_date=day(today + 1),
                reason="a pipe",
                operator=CLERK,
            ),
            lambda: house.do(windows.open_window, stay, CLERK),
            lambda: house.do(deposits.apply_deposit, stay, CLERK),
            lambda: house.do(expected_again.expect_again, stay, CLERK),
            lambda: house.do(stays.reinstate, stay, CLERK),
        ]
        with suppress(Refusal, ValueError):
            random.choice(deeds)()


@pytest.mark.parametrize("seed", range(10))
def test_what_is_told_of_a_stay_is_what_the_verbs_say(house: House, seed: int) -> None:
    week = Week(house, Random(seed))
    other = house.book(9, 10)
    for _ in range(2):
        for _ in range(16):
            week.act()
        for stay in house.rows(Stay):
            answers = told(house, stay.id)
            assert set(answers) == {verb for _, verb in NEXT}
            said = done(house, stay, other)
            wrong = {
                verb: (answers[verb], code)
                for verb, code in said.items()
                if answers[verb] != code and not (verb == "move_deposit" and stay.id == other)
            }
            assert wrong == {}, (seed, stay.status)
        # Who is still in house goes on, or the night cannot be closed.
        today = house.do(open_date)
        for stay in house.rows(Stay, status="in_house"):
            if stay.departure <= today:
                with suppress(Refusal):
                    house.do(stays.extend, stay.id, today + timedelta(days=3), CLERK)
        house.end_day()


def test_a_check_in_says_what_stands_in_its_way_before_anybody_tries(house: House) -> None:
    stay, later, unassigned = house.book(departure=1, room="101"), house.book(1, 2, room="101"), house.book()
    house.do(rooms.set_condition, [house.rooms["101"]], "dirty", "housekeeper")
    with db.reading(house.sessions) as session:
        found = get_stays(session, [stay, unassigned])
        answers = allowed.stay_actions(session, found.values(), ("check_in",))
    assert answers[stay]["check_in"].text() == "Room 101 is dirty. Have it cleaned, or choose another."
    assert code_of(answers[unassigned]["check_in"]) == "stay.no_room"
    assert told(house, later)["check_in"] == "stay.not_arrival_day"
    house.clean("101")
    assert told(house, stay)["check_in"] is None


def test_a_check_out_names_each_window_that_is_not_settled(house: House) -> None:
    stay = house.arrive(departure=0, nature="complimentary")
    house.do(windows.open_window, stay, CLERK)
    house.charge(stay, "84.00", window=2)
    answers = house.do(lambda session: allowed.stay_actions(session, get_stays(session, [stay]).values()))
    assert answers[stay]["check_out"].text() == f"Stay {stay} cannot check out: window 2 still owes 84.00."
    house.pay(stay, "84.00", window=2)
    assert told(house, stay)["check_out"] is None


def test_a_charge_is_disputed_once_and_a_payment_never(house: House) -> None:
    stay = house.arrive(room="101")
    folio = house.window(stay)
    charged, paid = house.charge(stay, "30.00"), house.pay(stay, "10.00")

    def answers() -> list[str | None]:
        with db.reading(house.sessions) as session:
            lines = [each.posting_id for each in standing_lines(session, [folio])[folio]]
            told = allowed.line_actions(session, folio)
        assert list(told) == lines
        said = [tried(house, disputes.open_dispute, folio, posting, "not mine", CLERK) for posting in lines]
        assert [code_of(each["dispute"]) for each in told.values()] == said
        return said

    first = answers()
    assert (first[0], first[-1]) == (None, "dispute.wrong_kind")
    (line, *_) = house.rows(Posting, voucher_id=charged.voucher_id, line=1)
    house.do(disputes.open_dispute, folio, line.id, "not mine", CLERK)
    assert answers()[0] == "dispute.open_before"
    assert paid.voucher_id > charged.voucher_id


def test_many_stays_are_asked_about_in_as_many_statements_as_one(house: House) -> None:
    counts = []
    for numbers in (("101",), ("102", "103", "104")):
        ids = [house.arrive(room=number) for number in numbers]
        with db.reading(house.sessions) as session:
            found = get_stays(session, ids)
            with statements(house.engine) as sent:
                allowed.stay_actions(session, found.values())
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 8


def test_fewer_verbs_are_asked_about_in_fewer_statements(house: House) -> None:
    stay = house.book(room="101")
    with db.reading(house.sessions) as session:
        found = get_stays(session, [stay])
        with statements(house.engine) as sent:
            allowed.stay_actions(session, found.values(), ("cancel", "extend"))
    assert len(sent) == 1
