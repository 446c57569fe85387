"""The clock jumps: keys and dates are the ledger's, and stay right; only the flag of a twin goes by the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from folios import clock
from tests.pos_bridge.tills import Tills


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=7), timedelta(days=-400)])
def test_a_message_sent_again_after_the_clock_jumped_gets_its_first_answer(tills: Tills, jump: timedelta) -> None:
    stay = tills.arrive(room="101")
    first = tills.send(tills.drinks("12.00"))
    refused = tills.send(tills.drinks("12.00", total_minor=1), "k2")
    with time_machine.travel(clock.now() + jump):
        again, refused_again = tills.send(tills.drinks("12.00")), tills.send(tills.drinks("12.00", total_minor=1), "k2")
        assert (again.replayed, again.voucher_id, again.business_date) == (True, first.voucher_id, first.business_date)
        assert (refused_again.replayed, refused_again.text) == (True, refused.text)
        assert tills.send(tills.drinks("1.00"), "k3").business_date == first.business_date
        assert tills.void("k1").total_minor == 1200
        tills.end_day()
        after = tills.send(tills.drinks("2.00"), "k4")
        assert after.business_date == (first.business_date or clock.now().date()) + timedelta(days=1)
        assert tills.void("k3", key="v3").total_minor == 100  # an allowance now
    assert tills.balance(tills.window(stay)) == "102.00"
    tills.prove()


def test_a_twin_is_flagged_when_the_clock_went_back_and_not_after_a_week(tills: Tills) -> None:
    tills.arrive(room="101")
    tills.send(tills.drinks("12.00"), "k1")
    with time_machine.travel(clock.now() - timedelta(hours=1)):
        assert tills.send(tills.drinks("12.00"), "k2").outcome == "done"
    with time_machine.travel(clock.now() + timedelta(days=7)):
        assert tills.send(tills.drinks("12.00"), "k3").outcome == "done"
    first, back, forward = tills.requests()
    assert (first.twin_id, back.twin_id, forward.twin_id) == (None, first.id, None)
