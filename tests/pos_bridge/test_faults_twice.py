"""The same message at once, from processes and threads; keys and figures that cannot be; lines that move meanwhile."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import Counter
from multiprocessing.connection import Connection as Pipe

import pytest

from folios import db
from folios.drafts import Origin
from folios.errors import TextInvalid, TextTooLong
from folios.models import Voucher
from folios.transfers import transfer_all
from pos_bridge import z_reports
from pos_bridge.checks import Check, CheckLine, Whom
from pos_bridge.requests import RequestKeyReused, Sender
from pos_bridge.z_reports import ZTotals
from tests.frontoffice.house import CLERK, at_once
from tests.pos_bridge.tills import Tills

KEYS = [f"k{number}" for number in range(20)]


def _send_all(pipe: Pipe, url: str) -> None:
    tills = Tills(db.open_engine(url))
    pipe.send("ready")
    pipe.recv()
    pipe.send([tills.send(tills.drinks("1.00", check_number=key), key) for key in KEYS])


def test_the_same_charges_from_three_processes_at_once_are_booked_once_each(tills: Tills, database_url: str) -> None:
    stay = tills.arrive(room="101")
    start = multiprocessing.get_context("forkserver")
    start.set_forkserver_preload(["tests.pos_bridge.dying"])
    pipes, processes = [], []
    for _ in range(3):
        ours, theirs = start.Pipe()
        processes.append(start.Process(target=_send_all, args=(theirs, database_url), daemon=True))
        processes[-1].start()
        pipes.append(ours)
    for pipe in pipes:
        assert pipe.poll(60)
        pipe.recv()
    for pipe in pipes:
        pipe.send("go")
    told = []
    for pipe in pipes:
        assert pipe.poll(120)
        told.append(pipe.recv())
    for process in processes:
        process.join(60)
    for answers in zip(*told, strict=True):
        assert len({(each.voucher_id, each.outcome, each.text, each.business_date) for each in answers}) == 1
        assert Counter(each.replayed for each in answers) == {False: 1, True: 2}
    assert len(tills.requests()) == tills.vouchers() == len(KEYS)
    assert tills.balance(tills.window(stay)) == "20.00"
    tills.prove()


def test_of_the_same_charge_at_once_one_is_told_it_is_new_and_all_others_that_it_is_not(tills: Tills) -> None:
    tills.arrive(room="101")
    for key in KEYS[:5]:
        answers = at_once([lambda key=key: tills.send(tills.drinks("1.00"), key)] * 6)  # type: ignore[misc]
        assert Counter(getattr(each, "replayed", each) for each in answers) == {False: 1, True: 5}


def test_a_void_and_its_charge_at_once_leave_nothing_or_refuse_the_charge(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    for key in KEYS[:5]:
        verbs = [lambda key=key: tills.send(tills.drinks("1.00"), key), lambda key=key: tills.void(key, key=f"v{key}")]
        charged, voided = at_once(verbs)  # type: ignore[arg-type]
        assert getattr(voided, "outcome", voided) == "done"
        assert getattr(charged, "outcome", charged) in ("done", "refused")
    assert tills.balance(tills.window(stay)) == "0.00"
    tills.prove()


# --- lines that the desk moves meanwhile --------------------------------------------------------------------------


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_void_that_waited_for_the_desk_to_move_the_line_takes_it_back_where_it_is(tills: Tills) -> None:
    first, second = (tills.window(tills.arrive(room=room)) for room in ("101", "102"))
    tills.send(tills.drinks("12.00"))
    answers = []
    with db.unit_of_work(tills.sessions) as session:
        transfer_all(session, first, second, Origin(CLERK))
        voiding = threading.Thread(target=lambda: answers.append(tills.void("k1")))
        voiding.start()
        time.sleep(0.5)  # it waits for the account that the desk holds
    voiding.join(60)
    assert [(each.outcome, each.total_minor) for each in answers] == [("done", 1200)]
    assert (tills.balance(first), tills.balance(second)) == ("0.00", "0.00")
    tills.prove()


# --- what cannot be -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "  ", "k" * 101, "a\0b", "a\nb\x1b", "\ud800"])
def test_a_key_that_cannot_be_stored_is_refused_before_anything_is_done(tills: Tills, key: str) -> None:
    tills.arrive(room="101")
    for verb in (
        lambda: tills.send(tills.drinks("1.00"), key),
        lambda: tills.void("k1", key=key),
        lambda: tills.void(key, key="v1"),
        lambda: z_reports.report(tills.sessions, Sender("BAR1"), key, ZTotals("1", 0, ())),
    ):
        with pytest.raises((TextInvalid, TextTooLong)):
            verb()
    assert tills.requests() == []


def test_a_void_under_the_very_key_of_the_charge_is_refused_at_once(tills: Tills) -> None:
    with pytest.raises(RequestKeyReused):
        tills.void("k1", key="k1")
    assert tills.requests() == []


@pytest.mark.parametrize("figure", [10**17, 2**63, 10**30])
def test_a_total_beyond_all_bounds_is_refused_and_the_refusal_kept(tills: Tills, figure: int) -> None:
    tills.arrive(room="101")
    answers = [tills.send(tills.drinks("1.00", total_minor=figure)) for _ in range(2)]
    assert [each.refusal for each in answers] == ["check.sum_mismatch"] * 2
    lines = (CheckLine("item", figure, number=2),)
    assert tills.send(Check(Whom(room="101"), lines, total_minor=figure), "k2").outcome == "refused"
    tills.send(tills.drinks("1.00"), "k3")
    assert tills.void("k3", key="v3").outcome == "done"
    report, kept = z_reports.report(tills.sessions, Sender("BAR1"), "z", ZTotals("1", figure, (_z(figure),)))
    assert (report.outcome, kept) == ("refused", None)
    assert len(tills.rows(Voucher, kind="charge")) == 1


def _z(figure: int) -> z_reports.ZCheck:
    return z_reports.ZCheck("1", figure)


@pytest.mark.parametrize("rubbish", ["\ud800", "EUR\0", "€€€"])
def test_a_currency_that_is_none_is_refused_whatever_stands_there(tills: Tills, rubbish: str) -> None:
    tills.arrive(room="101")
    answers = [tills.send(tills.drinks("1.00", currency=rubbish)) for _ in range(2)]
    assert [(each.refusal, each.replayed) for each in answers] == [
        ("currency.mismatch", False),
        ("currency.mismatch", True),
    ]


def test_a_payment_card_drawn_through_the_till_as_a_room_leaves_no_number_behind(tills: Tills) -> None:
    tills.send(tills.drinks("1.00", room="4111111111111111", name="4111 1111 1111 1111"), terminal="REST1")
    (kept,) = tills.requests()
    assert "1111111" not in f"{kept.body} {kept.answer} {kept.place}".replace(" ", "")
