"""Take it back: a correction the same day, an allowance after it, wherever the lines stand, once for each key."""

from __future__ import annotations

from folios.drafts import Origin
from folios.models import Voucher
from folios.transfers import transfer_all
from tests.frontoffice.house import CLERK, at_once
from tests.pos_bridge.tills import Tills


def test_a_charge_is_taken_back_in_whole_the_same_day_by_a_correction(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.send(tills.drinks("12.00", check_number="7"))
    answer = tills.void("k1")
    assert (answer.outcome, answer.total_minor, answer.text) == ("done", 1200, "12.00 EUR taken back.")
    assert tills.balance(tills.window(stay)) == "0.00"
    (correction,) = tills.rows(Voucher, kind="correction")
    assert (correction.id, correction.reason, correction.terminal) == (answer.voucher_id, "wrong table", "BAR1")
    assert tills.requests(kind="void")[0].check_number == "7"
    tills.prove()


def test_after_the_close_it_is_an_allowance_of_the_open_day(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.send(tills.drinks("12.00"))
    tills.end_day()
    assert tills.void("k1").total_minor == 1200
    assert len(tills.rows(Voucher, kind="allowance")) == 1
    assert tills.balance(tills.window(stay)) == "100.00"
    tills.prove()


def test_parts_are_taken_back_until_nothing_is_left(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.send(tills.drinks("12.00"))
    assert tills.void("k1", "5.00", "v1").total_minor == 500
    assert tills.void("k1", "5.00", "v1").replayed
    too_high = tills.void("k1", "8.00", "v2")
    assert (too_high.refusal, too_high.text) == (
        "void.too_high",
        "Only 7.00 of this charge is left to take back; 8.00 was asked.",
    )
    assert tills.void("k1", None, "v3").total_minor == 700
    assert tills.void("k1", None, "v4").refusal == "void.nothing_left"
    assert tills.balance(tills.window(stay)) == "0.00"
    tills.prove()


def test_two_voids_at_once_take_back_no_more_than_there_is(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.send(tills.drinks("12.00"))
    answers = at_once([lambda key=key: tills.void("k1", "8.00", key) for key in ("v1", "v2")])
    assert sorted(getattr(each, "outcome", repr(each)) for each in answers) == ["done", "refused"]
    assert tills.balance(tills.window(stay)) == "4.00"


def test_a_charge_that_the_desk_moved_is_taken_back_where_it_stands_now(tills: Tills) -> None:
    first, second = tills.arrive(room="101"), tills.arrive(room="102")
    tills.send(tills.drinks("12.00"))
    tills.do(transfer_all, tills.window(first), tills.window(second), Origin(CLERK))
    assert tills.balance(tills.window(second)) == "12.00"
    assert tills.void("k1").total_minor == 1200
    assert tills.balance(tills.window(second)) == "0.00"
    tills.prove()


def test_a_void_that_comes_before_its_charge_keeps_the_charge_out(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    before = tills.void("k1")
    assert (before.outcome, before.total_minor) == ("done", 0)
    late = tills.send(tills.drinks("12.00"))
    assert (late.outcome, late.refusal) == ("refused", "charge.voided_before")
    assert tills.void("k1").replayed
    assert tills.balance(tills.window(stay)) == "0.00"


def test_a_terminal_takes_back_its_own_charges_only(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.send(tills.drinks("12.00"))
    assert tills.void("k1", terminal="BAR2").total_minor == 0
    assert tills.balance(tills.window(stay)) == "12.00"


def test_what_was_refused_cannot_be_taken_back(tills: Tills) -> None:
    tills.send(tills.drinks("12.00", total_minor=1300))
    assert tills.void("k1").refusal == "void.nothing_charged"


def test_charges_in_suspense_are_taken_back_too(tills: Tills) -> None:
    tills.send(tills.drinks("12.00", room="999"))
    assert tills.void("k1").total_minor == 1200
    assert tills.balance_of("SUSPENSE") == "0.00"
