"""Forms do their work once: double clicks, the back button, two at once, and what dies in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from folios import clock
from folios.db import in_unit_of_work, unit_of_work
from frontoffice import guests, submissions
from frontoffice.models.guests import Guest
from frontoffice.models.visits import HeldForm, Submission
from frontoffice.submissions import Done, FormSentBefore, new_key
from tests.frontoffice.house import CLERK, House

CONTENT = [("surname", "Once")]


def enter(house: House, key: str, content: list[tuple[str, str]] = CONTENT, operator: str = CLERK) -> tuple[Done, bool]:
    def work(session):
        def deed() -> Done:
            guest = guests.add_guest(session, operator, surname=content[0][1])
            return Done(f"/guests/{guest.id}", "entered")

        return submissions.once(session, key, operator, "/guests/new", content, deed)

    return in_unit_of_work(house.sessions, work)


def test_a_form_sent_twice_is_done_once_and_answered_alike(house: House) -> None:
    key = new_key()
    first, before = enter(house, key)
    again, before_again = enter(house, key)
    assert (before, before_again) == (False, True)
    assert again == first
    assert len(house.rows(Guest, surname="Once")) == 1


def test_eight_senders_of_one_form_at_once_do_one_thing(house: House) -> None:
    key = new_key()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: enter(house, key), range(8)))
    assert len({answer.location for answer, _ in answers}) == 1
    assert sorted(before for _, before in answers) == [False] + [True] * 7
    assert len(house.rows(Guest, surname="Once")) == 1


@pytest.mark.parametrize(
    "other", [{"content": [("surname", "Other")]}, {"operator": "somebody"}], ids=["content", "operator"]
)
def test_a_key_that_was_used_for_something_else_is_refused(house: House, other: dict) -> None:
    key = new_key()
    enter(house, key)
    with pytest.raises(FormSentBefore):
        enter(house, key, **other)
    assert len(house.rows(Submission)) == 1


def test_work_that_fails_leaves_the_key_free(house: House) -> None:
    key = new_key()

    def fail() -> Done:
        raise RuntimeError("the plug")

    with pytest.raises(RuntimeError), unit_of_work(house.sessions) as session:
        submissions.once(session, key, CLERK, "/guests/new", CONTENT, fail)
    assert house.rows(Submission) == []
    assert enter(house, key)[1] is False


def test_too_much_text_is_not_held_and_old_forms_are_forgotten(house: House) -> None:
    assert house.do(submissions.hold, CLERK, "/x", [("remark", "x" * 60_000)]) is None
    token = house.do(submissions.hold, CLERK, "/x", [("remark", "short")])
    enter(house, new_key())
    assert house.do(submissions.held, token, "somebody") is None
    assert house.do(submissions.held, token, CLERK).fields == [["remark", "short"]]
    with time_machine.travel(clock.now() + timedelta(days=8)):
        house.do(submissions.forget_old)
    assert house.rows(HeldForm) == []
    assert house.rows(Submission) == []
