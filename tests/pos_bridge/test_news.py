"""The news for terminals: every arrival, departure, move and change, in order, none missed, none twice."""

from __future__ import annotations

import pytest

from folios.db import reading
from frontoffice import stays
from pos_bridge.news import CursorInvalid, since
from tests.frontoffice.house import CLERK
from tests.pos_bridge.tills import Tills


def ask(tills: Tills, cursor: str | None = None, most: int = 100) -> tuple[list[tuple[str, str]], str]:
    with reading(tills.sessions) as session:
        news, after = since(session, cursor, most)
    return [(each["kind"], each["room"]) for each in news], after


def test_what_happens_to_a_guest_is_told_in_order_and_once(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.do(stays.move, stay, tills.rooms["102"], CLERK)
    told, cursor = ask(tills)
    assert told == [("checked_in", "101"), ("moved", "102")]
    assert ask(tills, cursor) == ([], cursor)
    tills.leave(stay)
    assert ask(tills, cursor)[0][-1] == ("checked_out", "102")


def test_a_move_names_the_room_that_was_left(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.do(stays.move, stay, tills.rooms["102"], CLERK)
    with reading(tills.sessions) as session:
        moved = since(session, None)[0][-1]
    assert (moved["from_room"], moved["room"], moved["guest"], moved["stay"]) == ("101", "102", "Guest", stay)


def test_news_come_page_by_page(tills: Tills) -> None:
    for room in ("101", "102", "103"):
        tills.arrive(room=room)
    first, cursor = ask(tills, None, 2)
    rest, _ = ask(tills, cursor, 2)
    assert [room for _, room in first + rest] == ["101", "102", "103"]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1.x", "-1.2", "1.2.3", "٣.1"])
def test_a_cursor_of_somebody_elses_is_refused(tills: Tills, cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        ask(tills, cursor)


def test_what_was_rolled_back_is_no_news(tills: Tills) -> None:
    stay = tills.book(0, 2, "101")
    with tills.sessions() as session:
        stays.check_in(session, stay, CLERK)
        session.rollback()
    assert ask(tills)[0] == []


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_is_committed_late_is_not_passed_over(tills: Tills) -> None:
    first, second = tills.book(0, 2, "101"), tills.book(0, 2, "102")
    with tills.sessions() as slow:
        stays.check_in(slow, first, CLERK)  # has its number, and is not committed yet
        tills.check_in(second)
        told, cursor = ask(tills)
        assert told == []
        slow.connection().exec_driver_sql("COMMIT")
    told, _ = ask(tills, cursor)
    assert sorted(told) == [("checked_in", "101"), ("checked_in", "102")]
