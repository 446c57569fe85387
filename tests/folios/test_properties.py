"""Random days at the desk: whatever is done in whatever order, the books stay true; and what such days have found."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import event
from sqlalchemy.engine import Engine

from folios.db import database_url
from folios.errors import Refusal
from tests.conftest import PostgresDatabases, opened
from tests.folios.desk import Desk
from tests.folios.hotel import Hotel

EXAMPLES, STEPS = 25, 40

# --- one hotel for each run -----------------------------------------------------------------------------------------


def set_up(engine: Engine) -> None:
    """Room with its tax inside, food with the tax on top, and a cancellation fee with service and tax upon it."""
    hotel = Hotel(engine)
    hotel.set_up()
    hotel.tax("STAY", "7", "ROOM", inclusive=True)
    hotel.tax("SERVICE", "10", "CANCEL", control="SERVICE", kind="charge")
    hotel.tax("VAT", "19", "FOOD", "CANCEL", stacked=True)


def _hasty(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # no power fails here


@contextmanager
def sqlite_hotels(template: Path, folder: Path) -> Iterator[Callable[[], AbstractContextManager[Engine]]]:
    ready = folder / "ready.db"
    shutil.copyfile(template, ready)
    with opened(f"sqlite:///{ready}") as engine:
        set_up(engine)

    @contextmanager
    def fresh() -> Iterator[Engine]:
        shutil.copyfile(ready, folder / "hotel.db")
        with opened(f"sqlite:///{folder / 'hotel.db'}") as engine:
            event.listen(engine, "connect", _hasty)
            yield engine
        for each in folder.glob("hotel.db*"):
            each.unlink()

    yield fresh


@contextmanager
def postgres_hotels(
    postgres: PostgresDatabases, template: str
) -> Iterator[Callable[[], AbstractContextManager[Engine]]]:
    with postgres.fresh(template) as ready:
        with opened(ready) as engine:
            set_up(engine)
        name = str(database_url(ready).database)

        @contextmanager
        def fresh() -> Iterator[Engine]:
            with postgres.fresh(name) as url, opened(url) as engine:
                yield engine

        yield fresh


VERBS = (
    "open",
    "limit",
    "exempt",
    "close",
    "reopen",
    "charge",
    "late charge",
    "pay CASH",
    "pay VISA",
    "pay BILL",
    "refund",
    "refund of a payment",
    "house paid-out",
    "paid-out",
    "opening",
    "correction",
    "correction in part",
    "allowance",
    "allowance in part",
    "transfer",
    "transfer all",
    "split",
    "again",
    "roll",
    "close day",
)
REFUSALS = {
    "day.not_ready",
    "folio.closed",
    "folio.house_limit",
    "folio.not_at_zero",
    "folio.not_reopenable",
    "folio.wrong_type",
    "key.reused",
    "posting.generated",
    "refund.too_high",
    "transfer.same_folio",
    "voucher.day_closed",
    "voucher.not_correctable",
}


def test_whatever_a_desk_does_the_books_stay_true(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> None:
    if database_kind == "sqlite":
        hotels = sqlite_hotels(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        postgres = request.getfixturevalue("postgres")
        hotels = postgres_hotels(postgres, request.getfixturevalue("postgres_template"))
    with hotels as fresh:
        machine = type("Desk", (Desk,), {"fresh": staticmethod(fresh), "done": Counter()})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                derandomize=True,  # so that it is certain that each verb has its turn
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert [verb for verb in VERBS if not machine.done[verb]] == [], "each of these happened"
    assert REFUSALS - {each.rpartition(": ")[2] for each in machine.done} == set(), "and each of these was said"


# --- what random days have found ------------------------------------------------------------------------------------


@contextmanager
def refused(hotel: Hotel) -> Iterator[None]:
    """What happens meanwhile is refused, for whatever reason, and leaves nothing behind."""
    before = hotel.contents()
    with pytest.raises(Refusal):
        yield
    assert hotel.contents() == before


def test_a_payment_that_was_moved_to_another_guest_is_not_taken_back_from_the_card_company(
    hotel: Hotel, guest: int
) -> None:
    other = hotel.open()
    paid = hotel.pay(guest, "10.00", "VISA").voucher_id
    hotel.transfer(guest, other, hotel.posting(paid))

    with refused(hotel):
        hotel.correct("VISA", paid)


def test_a_payment_the_company_has_handed_on_in_part_is_refunded_up_to_the_rest(hotel: Hotel, guest: int) -> None:
    firm, union = hotel.open("semi_permanent"), hotel.open("semi_permanent")
    paid = hotel.pay(guest, "10.00", "BILL", firm).voucher_id
    hotel.transfer(firm, union, (hotel.posting(paid), 600))

    with refused(hotel):
        hotel.refund(guest, "4.01", "BILL", firm, of=paid)
    hotel.refund(guest, "4.00", "BILL", firm, of=paid)
    assert (hotel.balance(firm), hotel.balance(union), hotel.balance(guest)) == ("0.00", "6.00", "-6.00")


def test_the_correction_of_a_moved_payment_is_not_corrected_from_the_card_company(hotel: Hotel, guest: int) -> None:
    other = hotel.open()
    moved = hotel.transfer(guest, other, hotel.posting(hotel.pay(guest, "10.00", "VISA").voucher_id)).voucher_id
    corrected = hotel.correct(other, moved).voucher_id

    with refused(hotel):
        hotel.correct("VISA", corrected)
