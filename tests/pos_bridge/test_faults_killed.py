"""Our process killed at every step of a message: sent again it is done once, and answered as it was, if it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from folios.models import Voucher
from pos_bridge.checks import Answer
from tests.pos_bridge.dying import killed_at
from tests.pos_bridge.tills import Tills

MOST_STEPS = 200


def charge(tills: Tills, key: str) -> Answer:
    return tills.send(tills.drinks("12.00", check_number=key), key)


def charge_to_nobody(tills: Tills, key: str) -> Answer:
    """Goes to suspense."""
    return tills.send(tills.drinks("12.00", room="999"), key)


def charge_too_much(tills: Tills, key: str) -> Answer:
    """Is refused."""
    return tills.send(tills.drinks("9999.00"), key)


def void(tills: Tills, key: str) -> Answer:
    return tills.void(f"charged-{key}", key=key)


def void_of_nothing(tills: Tills, key: str) -> Answer:
    return tills.void(f"never-{key}", key=key)


class Deed:
    """One of the above under one key, as a process takes it along."""

    def __init__(self, verb: Callable[[Tills, str], Answer], key: str) -> None:
        self.verb, self.key = verb, key

    def __call__(self, tills: Tills) -> Answer:
        return self.verb(tills, self.key)


@pytest.mark.parametrize(
    ("verb", "balance", "suspense"),
    [(charge, 1200, 0), (charge_to_nobody, 0, 1200), (charge_too_much, 0, 0), (void, 0, 0), (void_of_nothing, 0, 0)],
)
def test_a_message_cut_off_by_a_kill_at_any_step_is_done_once_when_sent_again(
    tills: Tills, database_url: str, verb: Callable[[Tills, str], Answer], balance: int, suspense: int
) -> None:
    stay = tills.arrive(room="101", payment_method="card")
    died = 0
    for step in range(1, MOST_STEPS):
        key = f"k{step}"
        if verb is void:
            charge(tills, f"charged-{key}")
        lived, told = killed_at(step, database_url, Deed(verb, key))
        again = verb(tills, key)
        if told is not None:
            assert again == replace(told, replayed=True)
        assert len(tills.requests(key=key)) == 1
        assert len(tills.rows(Voucher, key=key)) == (1 if balance or suspense else 0)
        if lived:
            break
        died += 1
    tills.prove()
    assert died > 5
    assert tills.balance(tills.window(stay)) == f"{balance * (died + 1) / 100:.2f}"
    assert tills.balance_of("SUSPENSE") == f"{suspense * (died + 1) / 100:.2f}"
