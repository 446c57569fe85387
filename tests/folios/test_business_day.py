"""The business day: its machine, what may be posted when, and closing balances that roll forward."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import time_machine

from folios import business_day, ledger
from folios.errors import DayClosed, DayNotReady, NoOpenDay, Refusal
from folios.ledger import LedgerExists
from folios.models import BusinessDay, ClosingBalance, Folio, LedgerClosing
from folios.money import UnknownCurrency
from folios.signals import day_closed, day_rolled
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, figure, sold

ONE_DAY = timedelta(days=1)
SECOND_DAY, THIRD_DAY = FIRST_DAY + ONE_DAY, FIRST_DAY + 2 * ONE_DAY


def days(hotel: Hotel) -> dict[date, str]:
    return {each.business_date: each.status for each in hotel.rows(BusinessDay)}


# --- the ledger's first day -----------------------------------------------------------------------------------


def test_a_ledger_starts_on_its_first_day_in_its_currency(hotel: Hotel) -> None:
    assert days(hotel) == {FIRST_DAY: "open"}
    assert hotel.do(business_day.open_date) == FIRST_DAY
    assert hotel.do(business_day.auditing_date) is None
    assert hotel.do(ledger.currency) == "EUR"


def test_a_ledger_starts_once(hotel: Hotel) -> None:
    with hotel.refuses(LedgerExists):
        hotel.do(ledger.create_ledger, currency="USD", first_date=FIRST_DAY, operator=CASHIER)


def test_a_ledger_is_kept_in_a_currency_that_there_is(engine: object) -> None:
    with pytest.raises(UnknownCurrency):
        Hotel(engine).do(ledger.create_ledger, currency="XXY", first_date=FIRST_DAY, operator=CASHIER)  # type: ignore[arg-type]


def test_without_a_ledger_no_day_is_open(engine: object) -> None:
    with pytest.raises(NoOpenDay):
        Hotel(engine).do(business_day.open_date)  # type: ignore[arg-type]


# --- the machine ----------------------------------------------------------------------------------------------


def test_rolling_opens_the_next_day_and_leaves_the_last_to_the_audit(hotel: Hotel) -> None:
    assert hotel.do(business_day.roll, "auditor") == (FIRST_DAY, SECOND_DAY)
    assert days(hotel) == {FIRST_DAY: "auditing", SECOND_DAY: "open"}
    assert hotel.do(business_day.auditing_date) == FIRST_DAY


def test_a_day_that_was_audited_is_closed(hotel: Hotel) -> None:
    hotel.end_day()
    assert days(hotel) == {FIRST_DAY: "closed", SECOND_DAY: "open"}
    first, second = hotel.rows(BusinessDay)
    assert first.rolled_at is not None
    assert first.closed_at is not None
    assert first.opened_at <= first.rolled_at <= first.closed_at
    assert second.rolled_at is second.closed_at is None


def in_state(hotel: Hotel, status: str) -> None:
    """Brings the first day into a state."""
    if status != "open":
        hotel.roll()
    if status == "closed":
        hotel.do(business_day.close_day, FIRST_DAY, "auditor")


@pytest.mark.parametrize(
    ("status", "becomes"), [("open", DayNotReady), ("auditing", "closed"), ("closed", DayNotReady)]
)
def test_only_a_day_that_is_being_audited_can_be_closed(
    hotel: Hotel, status: str, becomes: str | type[Refusal]
) -> None:
    in_state(hotel, status)
    if isinstance(becomes, str):
        hotel.do(business_day.close_day, FIRST_DAY, "auditor")
        assert days(hotel)[FIRST_DAY] == becomes
    else:
        with hotel.refuses(becomes) as refusal:
            hotel.do(business_day.close_day, FIRST_DAY, "auditor")
        assert refusal.value.params["day"] == FIRST_DAY
        assert refusal.value.params["status"] == status


def test_a_day_is_not_rolled_while_the_last_is_being_audited(hotel: Hotel) -> None:
    hotel.roll()
    with hotel.refuses(DayNotReady) as refusal:
        hotel.roll()
    assert refusal.value.params["day"] == FIRST_DAY
    assert refusal.value.params["status"] == "auditing"


def test_of_two_who_roll_at_once_one_rolls_and_the_other_is_refused(hotel: Hotel, neighbour: Hotel) -> None:
    ready = Barrier(2)

    def roll(process: Hotel) -> str:
        ready.wait(10)
        try:
            return str(process.roll())
        except DayNotReady as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(roll, [hotel, neighbour])) == [f"{SECOND_DAY}", "day.not_ready"]
    assert days(hotel) == {FIRST_DAY: "auditing", SECOND_DAY: "open"}


@pytest.mark.parametrize(("day", "standing"), [(FIRST_DAY - ONE_DAY, "before_first"), (FIRST_DAY + ONE_DAY, "to_come")])
def test_a_day_that_the_ledger_does_not_have_is_not_closed(hotel: Hotel, day: date, standing: str) -> None:
    with hotel.refuses(DayNotReady) as refusal:
        hotel.do(business_day.close_day, day, "auditor")
    assert refusal.value.params == {"day": day, "status": standing}


def test_the_table_of_the_machine_has_these_two_moves_alone() -> None:
    assert business_day.NEXT == {("open", "roll"): "auditing", ("auditing", "close"): "closed"}


def test_news_of_a_day_is_sent_in_its_unit_of_work(hotel: Hotel) -> None:
    heard: list[object] = []

    def hear_roll(_session: object, left: date, opened: date) -> None:
        heard.append((left, opened))

    def hear_close(_session: object, day: date) -> None:
        heard.append(day)

    with day_rolled.connected_to(hear_roll), day_closed.connected_to(hear_close):
        hotel.end_day()
    assert heard == [(FIRST_DAY, SECOND_DAY), FIRST_DAY]


# --- what is posted when --------------------------------------------------------------------------------------


def test_a_drink_in_the_small_hours_belongs_to_yesterday_until_the_day_is_rolled(hotel: Hotel, guest: int) -> None:
    with time_machine.travel(f"{SECOND_DAY}T02:10:00+00:00", tick=False):
        drink = hotel.charge(guest, sold("WATER"))
        hotel.roll()
        nightcap = hotel.charge(guest, sold("WATER"))
    assert (drink.business_date, nightcap.business_date) == (FIRST_DAY, SECOND_DAY)
    assert hotel.voucher(drink.voucher_id).written_at == hotel.voucher(nightcap.voucher_id).written_at


@pytest.mark.parametrize(("status", "result"), [("open", DayClosed), ("auditing", FIRST_DAY), ("closed", DayClosed)])
def test_a_day_is_named_for_posting_only_while_it_is_being_audited(
    hotel: Hotel, guest: int, status: str, result: date | type[Refusal]
) -> None:
    in_state(hotel, status)
    if isinstance(result, date):
        assert hotel.charge(guest, sold("WATER"), business_date=FIRST_DAY).business_date == result
    else:
        with hotel.refuses(result):
            hotel.charge(guest, sold("WATER"), business_date=FIRST_DAY)


POSTS: dict[str, Callable[[Hotel, int, int], object]] = {
    "charge": lambda hotel, guest, voucher: hotel.charge(guest, sold("WATER")),
    "pay": lambda hotel, guest, voucher: hotel.pay(guest, "1.00"),
    "refund": lambda hotel, guest, voucher: hotel.refund(guest, "1.00"),
    "pay out": lambda hotel, guest, voucher: hotel.pay_out("1.00", guest),
    "bring forward": lambda hotel, guest, voucher: hotel.bring_forward(guest, "1.00"),
    "allow": lambda hotel, guest, voucher: hotel.allow(guest, voucher),
    "transfer": lambda hotel, guest, voucher: hotel.transfer_all(guest, hotel.open()),
}


@pytest.mark.parametrize("verb", POSTS)
def test_whatever_the_desk_posts_counts_for_the_open_day_while_another_is_audited(
    hotel: Hotel, guest: int, verb: str
) -> None:
    voucher = hotel.charge(guest, sold("WATER")).voucher_id
    hotel.pay(guest, "50.00")
    assert hotel.roll() == SECOND_DAY
    assert POSTS[verb](hotel, guest, voucher).business_date == SECOND_DAY  # type: ignore[attr-defined]


# --- closing balances -----------------------------------------------------------------------------------------

Closing = tuple[str, str, str, str]


def closings(hotel: Hotel, day: date) -> dict[str, Closing]:
    """What each folio that moved on a day opened with, took, gave and closed with."""
    numbers = {folio.id: folio.number for folio in hotel.rows(Folio)}
    return {numbers[row.folio_id]: printed(row) for row in hotel.rows(ClosingBalance, business_date=day)}


def ledger_closings(hotel: Hotel, day: date) -> dict[str, Closing]:
    return {f"{row.ledger} {row.type}": printed(row) for row in hotel.rows(LedgerClosing, business_date=day)}


def printed(row: ClosingBalance | LedgerClosing) -> Closing:
    minor = (row.opening_minor, row.debits_minor, row.credits_minor, row.closing_minor)
    return figure(minor[0]), figure(minor[1]), figure(minor[2]), figure(minor[3])


@pytest.fixture
def three_days(hotel: Hotel, guest: int) -> Hotel:
    """A stay over three closed days: a deposit and a night, a day of nothing, a night and the departure."""
    deposit = hotel.open(number="DEPOSIT", ledger="deposit")
    hotel.pay(deposit, "50.00", "VISA")
    hotel.transfer_all(deposit, guest)
    hotel.charge(guest, sold("ROOM", "80.00"))
    hotel.end_day()
    hotel.end_day()
    hotel.roll()
    hotel.charge(guest, sold("ROOM", "80.00"), business_date=THIRD_DAY)  # the audit's own posting
    hotel.pay(guest, "110.00")  # on the fourth day, which is open
    hotel.do(business_day.close_day, THIRD_DAY, "auditor")
    return hotel


def test_a_folio_closes_each_day_on_which_it_moved(three_days: Hotel) -> None:
    assert closings(three_days, FIRST_DAY) == {
        "VISA": ("0.00", "50.00", "0.00", "50.00"),
        "DEPOSIT": ("0.00", "50.00", "50.00", "0.00"),
        "GUEST": ("0.00", "80.00", "50.00", "30.00"),
        "ROOM": ("0.00", "0.00", "80.00", "-80.00"),
    }
    assert closings(three_days, SECOND_DAY) == {}
    assert closings(three_days, THIRD_DAY) == {
        "GUEST": ("30.00", "80.00", "0.00", "110.00"),
        "ROOM": ("-80.00", "0.00", "80.00", "-160.00"),
    }


def test_a_ledger_closes_every_day_from_its_first_movement_on(three_days: Hotel) -> None:
    assert ledger_closings(three_days, FIRST_DAY) == {
        "city permanent": ("0.00", "50.00", "0.00", "50.00"),
        "deposit individual": ("0.00", "50.00", "50.00", "0.00"),
        "guest individual": ("0.00", "80.00", "50.00", "30.00"),
        "control control": ("0.00", "0.00", "80.00", "-80.00"),
    }
    assert ledger_closings(three_days, SECOND_DAY) == {
        "city permanent": ("50.00", "0.00", "0.00", "50.00"),
        "deposit individual": ("0.00", "0.00", "0.00", "0.00"),
        "guest individual": ("30.00", "0.00", "0.00", "30.00"),
        "control control": ("-80.00", "0.00", "0.00", "-80.00"),
    }
    assert ledger_closings(three_days, THIRD_DAY) == {
        "city permanent": ("50.00", "0.00", "0.00", "50.00"),
        "deposit individual": ("0.00", "0.00", "0.00", "0.00"),
        "guest individual": ("30.00", "80.00", "0.00", "110.00"),
        "control control": ("-80.00", "0.00", "80.00", "-160.00"),
    }


def test_the_days_of_a_ledger_add_up_to_nothing_and_open_as_the_last_one_closed(three_days: Hotel) -> None:
    yesterday: dict[str, int] = {}
    for day in (FIRST_DAY, SECOND_DAY, THIRD_DAY):
        rows = three_days.rows(LedgerClosing, business_date=day)
        assert sum(row.closing_minor for row in rows) == 0
        assert sum(row.debits_minor for row in rows) == sum(row.credits_minor for row in rows)
        assert {row.type + row.ledger: row.opening_minor for row in rows if row.opening_minor} == {
            key: minor for key, minor in yesterday.items() if minor
        }
        yesterday = {row.type + row.ledger: row.closing_minor for row in rows}


def test_what_is_posted_on_the_open_day_is_not_in_the_closing_of_the_last(three_days: Hotel) -> None:
    assert three_days.balance("GUEST") == "0.00"
    assert closings(three_days, THIRD_DAY)["GUEST"][3] == "110.00"
    three_days.end_day()
    assert closings(three_days, THIRD_DAY + ONE_DAY)["GUEST"] == ("110.00", "0.00", "110.00", "0.00")
