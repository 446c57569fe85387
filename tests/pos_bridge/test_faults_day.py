"""The hotel goes on changing while terminals charge: the day is rolled and closed, set-up is changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.codes import mark_anew
from folios.folios import open_folio
from folios.models import Posting, Voucher
from pos_bridge.checks import Answer, Check, CheckLine, Whom
from pos_bridge.models.messages import PosRequest
from pos_bridge.models.outlets import Article, Outlet, Terminal
from tests.frontoffice.house import CLERK
from tests.pos_bridge.tills import ALL_RIGHTS, Tills

SENDERS, TURNS = 3, 3


@contextmanager
def charging(send: Callable[[str], Answer]) -> Iterator[list[Any]]:
    """Terminals that charge one after the other, each under keys of its own, until the block ends; what they got."""
    over = threading.Event()
    answers: list[Any] = []

    def run(sender: int) -> None:
        number = 0
        while not over.is_set() or number < TURNS:
            number += 1
            try:
                answers.append(send(f"{sender}-{number}"))
            except Exception as error:
                answers.append(error)
            time.sleep(0.002)

    threads = [threading.Thread(target=run, args=(sender,)) for sender in range(SENDERS)]
    for each in threads:
        each.start()
    try:
        yield answers
    finally:
        over.set()
        for each in threads:
            each.join()


def test_charges_while_days_are_rolled_and_closed_count_for_one_date_each(tills: Tills) -> None:
    tills.arrive(6, room="101", payment_method="card")
    tills.do(_no_limits)
    with charging(lambda key: tills.send(tills.drinks("0.10"), key)) as answers:
        for _ in range(4):
            time.sleep(0.2)
            tills.end_day()
    assert {getattr(each, "outcome", repr(each)) for each in answers} == {"done"}
    dates = {each.id: each.business_date for each in tills.rows(Voucher)}
    assert len({dates[each.voucher_id] for each in answers}) >= 3
    for each in answers:
        assert dates[each.voucher_id] == each.business_date
    assert {each.business_date == dates[each.voucher_id] for each in tills.requests()} == {True}
    tills.prove()


def _no_limits(session: Session) -> None:
    session.execute(sa.text("UPDATE folio SET house_limit_minor = NULL"))


def test_the_day_that_a_message_is_told_is_its_vouchers_and_is_proved(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.send(tills.drinks("1.00"))
    tills.do(lambda session: session.execute(sa.update(PosRequest).values(business_date=None)))
    assert [name for name, _ in tills.differences()] == [
        "each charge a terminal was told of counts for the business date it was told"
    ]


# --- set-up meanwhile ---------------------------------------------------------------------------------------------

PRICES = {450: ["SNACK", "VAT20"], 500: ["WINE"]}


def test_charges_while_set_up_changes_are_booked_as_it_was_at_one_moment(tills: Tills) -> None:
    tills.arrive(room="101", payment_method="card")
    tills.do(_no_limits)
    nuts = Check(Whom(room="101"), (CheckLine("item", article=7),))
    with charging(lambda key: tills.send(nuts, key, "MINI1")) as answers:
        for turn in range(8):
            price = 500 if turn % 2 == 0 else 450
            tills.do(_set_up, price, f"NEW{turn}")
            time.sleep(0.3)
    assert {getattr(each, "outcome", repr(each)) for each in answers} == {"done"}
    lines: dict[int, list[str]] = {}
    for posting in tills.rows(Posting):
        lines.setdefault(posting.voucher_id, []).append(posting.code)
    assert {each.total_minor for each in answers} == set(PRICES)
    for each in answers:
        assert lines[each.voucher_id] == PRICES[each.total_minor]
    tills.prove()


def _set_up(session: Session, price_minor: int, outlet: str) -> None:
    """A price and its code change together, and another outlet opens with its terminal."""
    nuts = session.get_one(Article, ("MINI", 7))
    nuts.price_minor, nuts.code = price_minor, PRICES[price_minor][0]
    control = open_folio(session, type="control", name=outlet, number=f"C-{outlet}", operator=CLERK)
    session.add(Outlet(code=outlet, name=outlet, folio_id=control.id, treatment="inside"))
    session.flush()
    session.add(Terminal(code=outlet, name=outlet, outlet_code=outlet, rights=ALL_RIGHTS))
    session.flush()
    mark_anew(session)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_an_outlet_opened_while_the_book_is_read_breaks_nothing(tills: Tills) -> None:
    tills.arrive(room="101")
    opened = []

    def open_another(*facts: Any) -> None:
        if "FROM outlet" in facts[2] and not opened and threading.current_thread() is threading.main_thread():
            opened.append(1)
            other = threading.Thread(target=tills.do, args=(_set_up, 500, "NEW"))
            other.start()
            other.join()

    sa.event.listen(tills.engine, "after_cursor_execute", open_another)
    assert tills.send(tills.drinks("1.00")).outcome == "done"
    assert opened == [1]
