"""Many at once, on their own connections: no money is lost, doubled or let past a limit, whoever comes first.

Each writer is a thread with an engine of its own, as a process would have. The books are proved after every test.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from folios import business_day, charges, codes, corrections, db, folios, payments, transfers, verify
from folios.charges import Charge, ChargeLine
from folios.db import in_unit_of_work, reading
from folios.drafts import Posted
from folios.errors import (
    CorrectionTooLate,
    DatabaseBusy,
    HouseLimitExceeded,
    NothingLeft,
    Refusal,
)
from folios.models import Posting, Voucher
from folios.money import Money
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, origin, sold

WRITERS = 8
Work = Callable[[Session], Any]


@pytest.fixture
def desks(hotel: Hotel, database_url: str) -> Iterator[list[Hotel]]:
    """Eight views of the same ledger, each with connections of its own; the books are proved when they are done."""
    engines = [db.open_engine(database_url) for _ in range(WRITERS)]
    yield [Hotel(engine) for engine in engines]
    for engine in engines:
        engine.dispose()
    with reading(hotel.sessions) as session:
        assert [each for each in verify.run(session) if each.differences] == []


def together(desks: Sequence[Hotel], works: Sequence[Work]) -> list[Any]:
    """Runs each work at its own desk, all starting at the same instant; returns answers, or refusals as they are."""
    start = threading.Barrier(len(works))

    def run(desk: Hotel, work: Work) -> Any:
        start.wait(30)
        try:
            return in_unit_of_work(desk.sessions, work)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, desks, works))


def kinds(answers: Sequence[Any]) -> Counter[str]:
    """How many were answered by what: "Posted", or the name of the refusal."""
    return Counter(type(each).__name__ for each in answers)


def water(folio_id: int, minor: int = 100, key: str | None = None, **facts: Any) -> Work:
    request = Charge(folio_id, (ChargeLine("WATER", Money(minor, "EUR")),), **facts)
    return lambda session: charges.charge(session, request, origin(key))


# --- balances and limits --------------------------------------------------------------------------------------------


def test_no_charge_is_lost_when_eight_charge_one_folio(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    hotel.tax("VAT", "10", "WATER")

    def many(session_of: Hotel) -> list[Posted]:
        return [in_unit_of_work(session_of.sessions, water(guest)) for _ in range(25)]

    with ThreadPoolExecutor(WRITERS) as threads:
        answers = [each for answer in threads.map(many, desks) for each in answer]

    assert len({each.voucher_id for each in answers}) == 200
    assert hotel.folio(guest).balance_minor == 200 * 110
    assert hotel.balance(guest) == "220.00"


def test_charges_of_the_same_instant_do_not_slip_under_the_limit_together(hotel: Hotel, desks: list[Hotel]) -> None:
    for _ in range(20):
        guest = hotel.open(house_limit_minor=250)
        answers = together(desks, [water(guest)] * WRITERS)

        assert kinds(answers) == {"Posted": 2, "HouseLimitExceeded": 6}
        assert hotel.folio(guest).balance_minor == 200


def test_a_charge_and_a_lower_limit_of_the_same_instant_agree_on_who_came_first(
    hotel: Hotel, desks: list[Hotel]
) -> None:
    for _ in range(15):
        guest = hotel.open(house_limit_minor=1000)
        charged, _ = together(desks, [water(guest), lambda s, g=guest: folios.set_house_limit(s, g, 50, CASHIER)])

        assert isinstance(charged, Posted | HouseLimitExceeded)
        assert hotel.folio(guest).house_limit_minor == 50
        assert hotel.folio(guest).balance_minor == (100 if isinstance(charged, Posted) else 0)


def test_transfers_both_ways_at_once_all_come_through(hotel: Hotel, desks: list[Hotel]) -> None:
    one, other = hotel.open(), hotel.open()
    lines = {
        folio: [hotel.posting(hotel.charge(folio, sold("WATER")).voucher_id) for _ in range(40)]
        for folio in (one, other)
    }

    def move(desk: Hotel, folio: int, to: int, mine: list[int]) -> None:
        for line in mine:
            in_unit_of_work(desk.sessions, lambda s, line=line: transfers.transfer(s, folio, to, [line], origin()))

    with ThreadPoolExecutor(WRITERS) as threads:
        moving = [
            threads.submit(
                move, desk, *((one, other) if n % 2 else (other, one)), lines[one if n % 2 else other][n // 2 :: 4]
            )
            for n, desk in enumerate(desks)
        ]
        assert [each.result() for each in moving] == [None] * WRITERS

    assert (hotel.balance(one), hotel.balance(other)) == ("140.00", "140.00")
    assert hotel.actions().count("folio.line.transferred") == 80


def test_one_line_is_transferred_once_however_many_want_it(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    for _ in range(8):
        line = hotel.posting(hotel.charge(guest, sold("WATER")).voucher_id)
        targets = [hotel.open() for _ in desks]
        answers = together(
            desks, [lambda s, to=to, line=line: transfers.transfer(s, guest, to, [line], origin()) for to in targets]
        )

        assert kinds(answers) == {"Posted": 1, "NothingLeft": 7}


def test_a_folio_is_closed_or_charged_but_never_closed_with_a_balance(hotel: Hotel, desks: list[Hotel]) -> None:
    outcomes: Counter[tuple[str, str]] = Counter()
    for _ in range(25):
        guest = hotel.open()
        closed, charged = together(desks, [lambda s, g=guest: folios.close_folio(s, g, CASHIER), water(guest)])

        outcomes[type(closed).__name__, type(charged).__name__] += 1
        assert (hotel.folio(guest).status, hotel.folio(guest).balance_minor) in (("closed", 0), ("open", 100))
    assert set(outcomes) <= {("NoneType", "FolioClosed"), ("FolioNotAtZero", "Posted")}
    assert outcomes.total() == 25


# --- taking back ----------------------------------------------------------------------------------------------------


def test_a_voucher_is_corrected_once_however_many_try(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    for _ in range(8):
        voucher = hotel.charge(guest, sold("WATER")).voucher_id
        answers = together(
            desks, [lambda s, v=voucher: corrections.correct(s, guest, v, origin(), "mistyped")] * WRITERS
        )

        assert kinds(answers) == {"Posted": 1, "NothingLeftOfVoucher": 7}
        assert hotel.folio(guest).balance_minor == 0


def test_a_payment_is_refunded_once_however_many_try(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    for code in ("CASH", "VISA") * 4:
        voucher = hotel.pay(guest, "10.00", code).voucher_id
        asked = hotel.payment(guest, "10.00", code)
        answers = together(
            desks, [lambda s, a=asked, v=voucher: payments.refund(s, a, origin(), "cancelled", v)] * WRITERS
        )

        assert kinds(answers) == {"Posted": 1, "RefundTooHigh": 7}
        assert hotel.folio(guest).balance_minor == 0


def test_what_is_too_much_is_refunded_once_however_many_try(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    hotel.pay(guest, "25.00")
    asked = hotel.payment(guest, "10.00")
    answers = together(desks, [lambda s: payments.refund(s, asked, origin(), "paid too much")] * WRITERS)

    assert kinds(answers) == {"Posted": 2, "RefundTooHigh": 6}
    assert hotel.balance(guest) == "-5.00"


def test_a_line_is_transferred_or_corrected_but_not_both(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    other = hotel.open()
    for _ in range(15):
        voucher = hotel.charge(guest, sold("WATER")).voucher_id
        line = hotel.posting(voucher)
        answers = together(
            desks,
            [
                lambda s, line=line: transfers.transfer(s, guest, other, [line], origin()),
                lambda s, v=voucher: corrections.correct(s, guest, v, origin(), "mistyped"),
            ],
        )

        assert kinds(answers) in ({"Posted": 1, "NothingLeft": 1}, {"Posted": 1, "NothingLeftOfVoucher": 1})


def test_payments_and_corrections_of_payments_lock_in_one_order(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    """The card company's folio and the guest's: whoever takes both takes them the same way round."""
    paid = [[hotel.pay(guest, "1.00", "VISA").voucher_id for _ in range(12)] for _ in range(4)]
    asked = hotel.payment(guest, "1.00", "VISA")
    busy: list[DatabaseBusy] = []

    def work(desk: Hotel, mine: list[int] | None) -> None:
        for voucher in mine or [None] * 12:
            try:
                if voucher is None:
                    desk.do(payments.pay, asked, origin())
                else:
                    desk.do(corrections.correct, guest, voucher, origin(), "mistyped")
            except DatabaseBusy as refusal:
                busy.append(refusal)

    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(work, desks, [*paid, None, None, None, None]))

    assert busy == []
    assert hotel.balance(guest) == "-48.00"


# --- keys -----------------------------------------------------------------------------------------------------------


def test_the_same_key_from_eight_senders_is_one_voucher_and_all_get_its_answer(
    hotel: Hotel, desks: list[Hotel], guest: int
) -> None:
    for number in range(15):
        answers = together(desks, [water(guest, key=f"check {number}")] * WRITERS)

        assert kinds(answers) == {"Posted": WRITERS}
        assert len({(each.voucher_id, each.business_date, each.total_minor) for each in answers}) == 1
        assert sorted(each.replayed for each in answers) == [False] + [True] * (WRITERS - 1)
    assert hotel.folio(guest).balance_minor == 15 * 100


def test_a_payment_sent_by_eight_with_one_key_is_taken_once(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    for number, code in enumerate(("CASH", "VISA") * 4):
        asked = hotel.payment(guest, "10.00", code)
        answers = together(desks, [lambda s, a=asked, n=number: payments.pay(s, a, origin(f"slip {n}"))] * WRITERS)

        assert kinds(answers) == {"Posted": WRITERS}
        assert len({each.voucher_id for each in answers}) == 1
    assert hotel.balance(guest) == "-80.00"


def test_of_the_same_key_with_other_contents_one_wins(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    for number in range(10):
        before = hotel.folio(guest).balance_minor
        answers = together(desks, [water(guest, 100 + n, f"check {number}") for n in range(WRITERS)])

        assert kinds(answers) == {"Posted": 1, "KeyReused": WRITERS - 1}
        (won,) = (n for n, each in enumerate(answers) if isinstance(each, Posted))
        assert hotel.folio(guest).balance_minor - before == 100 + won


def test_a_key_whose_first_sender_fails_is_free_for_the_next(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    def fail(session: Session) -> None:
        water(guest, 100, "check")(session)
        raise NothingLeft(posting=1, left=Money(0, "EUR"), requested=Money(0, "EUR"))

    for _ in range(5):
        answers = together(desks[:4], [fail] * 4)
        assert kinds(answers) == {"NothingLeft": 4}
    answers = together(desks, [*[fail] * 4, *[water(guest, 200, "check")] * 4])

    posted = [each for each in answers if isinstance(each, Posted)]
    assert (len(posted), len({each.voucher_id for each in posted})) == (4, 1)
    assert hotel.folio(guest).balance_minor == 200


# --- the day --------------------------------------------------------------------------------------------------------


def test_only_one_of_eight_rolls_the_day_and_only_one_closes_it(hotel: Hotel, desks: list[Hotel]) -> None:
    for day in range(5):
        left = FIRST_DAY + timedelta(days=day)
        rolled = together(desks, [lambda s: business_day.roll(s, "auditor")] * WRITERS)
        assert kinds(rolled) == {"tuple": 1, "DayNotReady": WRITERS - 1}

        closed = together(desks, [lambda s, left=left: business_day.close_day(s, left, "auditor")] * WRITERS)
        assert kinds(closed) == {"NoneType": 1, "DayNotReady": WRITERS - 1}
    assert hotel.do(business_day.open_date) == FIRST_DAY + timedelta(days=5)


def test_nothing_slips_into_a_closed_day_while_eight_post(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    stop, answers = threading.Event(), []
    days: dict[int, int] = {}  # vouchers that were there when a day had been closed

    def post(desk: Hotel, number: int) -> None:
        while not stop.is_set():
            if number % 4 == 3:
                answers.append(in_unit_of_work(desk.sessions, lambda s: payments.pay(s, by_card, origin())))
            else:
                answers.append(in_unit_of_work(desk.sessions, water(guest)))

    by_card = hotel.payment(guest, "1.00", "VISA")
    with ThreadPoolExecutor(WRITERS) as threads:
        posting = [threads.submit(post, desk, number) for number, desk in enumerate(desks)]
        try:
            for _ in range(6):
                time.sleep(0.15)
                left, _ = in_unit_of_work(hotel.sessions, lambda s: business_day.roll(s, "auditor"))
                late = in_unit_of_work(hotel.sessions, water(guest, business_date=left))
                assert late.business_date == left
                in_unit_of_work(hotel.sessions, lambda s, left=left: business_day.close_day(s, left, "auditor"))
                days[left.toordinal()] = len(hotel.rows(Voucher, business_date=left))
        finally:
            stop.set()
        for each in posting:
            each.result()

    counted = Counter(each.business_date.toordinal() for each in hotel.rows(Voucher))
    assert {day: counted[day] for day in days} == days, "a closed day stays as it was closed"
    assert counted.total() == len(answers) + 6
    assert Counter(each.business_date.toordinal() for each in answers) + Counter(days.keys()) == counted
    assert min(days.values()) > 1, "somebody posted on each of the days"


def test_a_roll_waits_for_who_was_there_before_and_for_nobody_else(
    hotel: Hotel, desks: list[Hotel], guest: int
) -> None:
    stop, answers = threading.Event(), []

    def post(desk: Hotel, number: int) -> None:
        request = Charge(guest, (sold("WATER"),))
        while not stop.is_set():
            if number % 2:
                answers.append(in_unit_of_work(desk.sessions, water(guest)))
            else:
                answers.append(charges.charge_alone(desk.sessions, request, origin()))

    def roll(session: Session) -> int:
        """How many charges passed it while it waited."""
        before = len(answers)
        business_day.roll(session, "auditor")
        return len(answers) - before

    passed = []
    with ThreadPoolExecutor(WRITERS) as threads:
        posting = [threads.submit(post, desk, number) for number, desk in enumerate(desks)]
        try:
            for day in range(8):
                time.sleep(0.1)
                passed.append(in_unit_of_work(hotel.sessions, roll))
                left = FIRST_DAY + timedelta(days=day)
                in_unit_of_work(hotel.sessions, lambda s, left=left: business_day.close_day(s, left, "auditor"))
        finally:
            stop.set()
        for each in posting:
            each.result()

    assert max(passed) <= 6 * WRITERS, "those who were waiting already, and what the threads take turns at"


def test_a_correction_does_not_cross_into_the_next_day_while_the_day_is_rolled(
    hotel: Hotel, desks: list[Hotel], guest: int
) -> None:
    outcomes = Counter()
    for _ in range(12):
        charged = hotel.charge(guest, sold("WATER"))
        corrected, _ = together(
            desks,
            [
                lambda s, v=charged.voucher_id: corrections.correct(s, guest, v, origin(), "mistyped"),
                lambda s: business_day.roll(s, "auditor"),
            ],
        )
        outcomes[type(corrected).__name__] += 1
        assert isinstance(corrected, CorrectionTooLate) or corrected.business_date == charged.business_date
        hotel.do(business_day.close_day, charged.business_date, "auditor")
    assert outcomes.total() == 12


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_day_rolled_between_a_corrections_check_and_its_posting_makes_it_too_late(
    hotel: Hotel, neighbour: Hotel, guest: int
) -> None:
    """On SQLite a unit of work that writes keeps all others out, and this cannot happen."""
    charged = hotel.charge(guest, sold("WATER"))
    rolled: list[Any] = []

    def roll_first(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FOR SHARE" in statement and not rolled:
            rolled.append(neighbour.do(business_day.roll, "auditor"))

    event.listen(hotel.engine, "before_cursor_execute", roll_first)
    try:
        with pytest.raises(CorrectionTooLate):
            hotel.correct(guest, charged.voucher_id)
    finally:
        event.remove(hotel.engine, "before_cursor_execute", roll_first)
    assert rolled
    assert hotel.rows(Voucher, kind="correction") == []


# --- the catalogue --------------------------------------------------------------------------------------------------


def test_a_rate_that_changes_under_the_writers_is_used_by_all_from_that_moment(
    hotel: Hotel, desks: list[Hotel], guest: int
) -> None:
    hotel.tax("VAT", "10", "WATER")
    stop, answers = threading.Event(), []

    def post(desk: Hotel) -> None:
        while not stop.is_set():
            answers.append(in_unit_of_work(desk.sessions, water(guest)))

    def change(rate_ppm: int) -> Posted:
        """Changes the rate, then charges at the first desk, whose own copy is older."""
        in_unit_of_work(
            hotel.sessions, lambda s: codes.set_rate(s, "VAT", FIRST_DAY, rate_ppm=rate_ppm, operator=CASHIER)
        )
        return in_unit_of_work(desks[0].sessions, water(guest))

    with ThreadPoolExecutor(WRITERS) as threads:
        posting = [threads.submit(post, desk) for desk in desks]
        try:
            for rate_ppm, total in [(200_000, 120), (100_000, 110)] * 3:
                assert change(rate_ppm).total_minor == total
                time.sleep(0.03)
        finally:
            stop.set()
        for each in posting:
            each.result()

    assert set(Counter(each.total_minor for each in answers)) == {110, 120}
    taxes = [each for each in hotel.rows(Posting) if each.code == "VAT"]
    assert {(each.tax_rate_ppm, each.amount_minor) for each in taxes} == {(100_000, 10), (200_000, 20)}


def test_nothing_is_charged_with_a_code_after_it_was_switched_off(hotel: Hotel, desks: list[Hotel], guest: int) -> None:
    for _ in range(5):
        for desk in desks:
            in_unit_of_work(desk.sessions, water(guest))
        hotel.do(codes.switch_code, "WATER", False, CASHIER)
        assert kinds(together(desks, [water(guest)] * WRITERS)) == {"CodeInactive": WRITERS}
        hotel.do(codes.switch_code, "WATER", True, CASHIER)
        assert kinds(together(desks, [water(guest)] * WRITERS)) == {"Posted": WRITERS}


# --- a process that dies --------------------------------------------------------------------------------------------

# Charges and pays in one unit of work, again and again, and says what was committed.
POSTER = """
import random, sys, time
from folios import charges, db, payments
from folios.charges import Charge, ChargeLine
from folios.drafts import Origin
from folios.money import Money
from folios.payments import Payment

url, folio, run = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sessions = db.session_source(db.open_engine(url))
for number in range(100_000):
    def work(session):
        lines = (ChargeLine("FOOD", Money(1000, "EUR")), ChargeLine("WATER"))
        charged = charges.charge(session, Charge(folio, lines), Origin("cashier", sender=run, key=f"charge {number}"))
        time.sleep(random.random() / 200)
        paid = payments.pay(session, Payment(folio, "VISA", Money(1450, "EUR")),
                            Origin("cashier", sender=run, key=f"pay {number}"))
        return charged.voucher_id, paid.voucher_id
    print(*db.in_unit_of_work(sessions, work), flush=True)
"""


def test_a_process_killed_in_the_middle_loses_nothing_it_reported_and_leaves_nothing_half(
    hotel: Hotel, desks: list[Hotel], database_url: str, guest: int
) -> None:
    hotel.tax("VAT", "10", "FOOD")
    for run in range(4):
        reported = _post_until_killed(database_url, guest, f"till {run}", random.uniform(0.02, 0.3))

        written = {each.key: each.id for each in hotel.rows(Voucher, sender=f"till {run}")}
        lines = Counter(each.voucher_id for each in hotel.rows(Posting))
        pairs = [(written.get(f"charge {n}"), written.get(f"pay {n}")) for n in range(len(written) // 2)]
        assert [(lines[charged], lines[paid]) for charged, paid in pairs] == [(3, 1)] * len(pairs)
        assert len(written) == 2 * len(pairs)
        assert pairs[: len(reported)] == reported
        assert len(reported) > 0
        assert len(pairs) - len(reported) in (0, 1), "at most the last was committed and not told"
        assert hotel.folio(guest).balance_minor == 0
        hotel.prove()
    assert isinstance(together(desks, [water(guest)])[0], Posted), "nobody is kept waiting by the dead"


def _post_until_killed(url: str, folio_id: int, run: str, after_s: float) -> list[tuple[int, int]]:
    """The pairs of vouchers that the process had reported as committed when it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", POSTER, url, str(folio_id), run],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    with process:
        assert process.stdout is not None
        told = process.stdout.readline()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    whole = told[: told.rfind("\n") + 1].splitlines()
    return [(int(charged), int(paid)) for charged, paid in map(str.split, whole)]
