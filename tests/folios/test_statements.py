"""Statements: the running balance over any period, of any folio, over days that are closed, audited and open."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from folios import codes
from folios.business_day import auditing_date, close_day, roll
from folios.db import reading
from folios.errors import FolioUnknown
from folios.models import BusinessDay
from folios.statements import Statement, balance, balance_before, statement
from tests.folios.four_days import keep_books
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, figure, sold, statements

DAYS = [FIRST_DAY + timedelta(days=day) for day in range(5)]


def told(hotel: Hotel, folio: int | str, first: date | None = None, last: date | None = None) -> Statement:
    with reading(hotel.sessions) as session:
        return statement(session, hotel.id(folio), first, last)


def lines(shown: Statement) -> list[tuple[str, str, str, str]]:
    """Day of March, text, debit less credit, running balance."""
    return [
        (
            str(each.business_date.day),
            each.text,
            figure(each.debit_minor - each.credit_minor),
            figure(each.balance_minor),
        )
        for each in shown.lines
    ]


@pytest.fixture
def books(engine: Engine) -> Hotel:
    keep_books(engine)
    return Hotel(engine)


def test_a_statement_tells_each_line_with_the_balance_after_it(hotel: Hotel, guest: int) -> None:
    hotel.tax("VAT", "10", "FOOD")
    dinner = hotel.charge(guest, sold("FOOD", "40.00", text="Dinner", quantity=2), check_number="17", reference="T4")
    paid = hotel.pay(guest, "50.00", reference="receipt 9")

    shown = told(hotel, guest)

    assert lines(shown) == [
        ("1", "Dinner", "80.00", "80.00"),
        ("1", "VAT", "8.00", "88.00"),
        ("1", "Cash", "-50.00", "38.00"),
    ]
    sale, tax, payment = shown.lines
    assert (sale.voucher_id, sale.kind, sale.code, sale.quantity) == (dinner.voucher_id, "charge", "FOOD", 2)
    assert (sale.check_number, sale.reference, sale.operator, sale.parent_line) == ("17", "T4", CASHIER, None)
    assert (tax.voucher_id, tax.code, tax.parent_line) == (dinner.voucher_id, "VAT", 1)
    assert (payment.voucher_id, payment.kind, payment.reference) == (paid.voucher_id, "payment", "receipt 9")
    assert [(each.debit_minor, each.credit_minor) for each in shown.lines] == [(8000, 0), (800, 0), (0, 5000)]
    assert (shown.number, shown.type, shown.currency, shown.status) == ("GUEST", "individual", "EUR", "open")
    assert (shown.first, shown.last, shown.opening_minor, shown.closing_minor) == (None, None, 0, 3800)


def test_a_statement_of_a_folio_without_a_line_closes_with_what_it_opened_with(hotel: Hotel, guest: int) -> None:
    assert (told(hotel, guest).lines, told(hotel, guest).closing_minor) == ((), 0)

    hotel.charge(guest, sold("WATER"))
    hotel.end_day()
    later = told(hotel, guest, first=DAYS[1])

    assert (later.lines, later.opening_minor, later.closing_minor) == ((), 350, 350)


def test_a_statement_of_a_period_opens_with_what_came_before_and_leaves_out_what_came_after(books: Hotel) -> None:
    shown = told(books, "CLUB", DAYS[1], DAYS[1])

    assert (shown.first, shown.last) == (DAYS[1], DAYS[1])
    assert (shown.opening_minor, shown.closing_minor) == (0, 2200)
    assert lines(shown) == [("2", "Food", "20.00", "20.00"), ("2", "VAT", "2.00", "22.00")]


def test_a_statement_of_days_that_end_before_they_begin_is_empty(books: Hotel) -> None:
    shown = told(books, "GUEST", DAYS[2], DAYS[1])

    assert (shown.lines, shown.opening_minor, shown.closing_minor) == ((), -9700, -9700)


@pytest.mark.parametrize(
    ("folio", "by_day"),
    [
        ("GUEST", [0, 14900, -9700, -9200, -11750]),
        ("CLUB", [0, 0, 2200, 1700, 1700]),
        ("STAFF", [0, 0, 0, 0, 4200]),
        ("ACME", [0, 0, 10700, 10700, 10700]),
        ("VISA", [0, 20000, 20000, 20000, 22500]),
        ("RESTAURANT", [0, -10000, -13000, -13000, -17350]),
        ("DRAWER", [0, 9300, 9300, 9300, 10100]),
    ],
)
def test_every_folio_opens_each_day_with_its_balance_whether_the_day_is_closed_or_open(
    books: Hotel, folio: str, by_day: list[int]
) -> None:
    with reading(books.sessions) as session:
        found = [balance_before(session, books.id(folio), day) for day in DAYS]
        now = balance(session, books.id(folio))

    assert (found, now) == (by_day, by_day[-1])
    assert [told(books, folio, first=day).opening_minor for day in DAYS] == by_day
    assert [told(books, folio, last=day).closing_minor for day in DAYS[:4]] == by_day[1:]


def test_a_day_that_is_audited_counts_though_it_has_no_closings_yet(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, sold("WATER"))
    hotel.end_day()
    hotel.charge(guest, sold("WATER"))
    left, _ = hotel.do(roll, "auditor")
    hotel.charge(guest, sold("WATER"), business_date=left)
    hotel.charge(guest, sold("WATER"))

    assert [told(hotel, guest, first=day).opening_minor for day in DAYS[:4]] == [0, 350, 1050, 1400]

    hotel.do(close_day, left, "auditor")

    assert [told(hotel, guest, first=day).opening_minor for day in DAYS[:4]] == [0, 350, 1050, 1400]


def test_lines_stand_in_the_order_of_their_days_not_in_the_order_they_were_written(hotel: Hotel, guest: int) -> None:
    left, _ = hotel.do(roll, "auditor")
    hotel.charge(guest, sold("FOOD", "7.00"))
    hotel.charge(guest, sold("ROOM", "90.00"), business_date=left)

    assert lines(told(hotel, guest)) == [("1", "Room", "90.00", "90.00"), ("2", "Food", "7.00", "97.00")]


def test_a_transferred_line_stands_on_both_folios_and_a_correction_takes_it_off(hotel: Hotel, guest: int) -> None:
    other = hotel.open("individual")
    charged = hotel.charge(guest, sold("FOOD", "12.00"))
    hotel.transfer(guest, other, hotel.posting(charged.voucher_id))
    moved = told(hotel, other).lines[0]
    hotel.correct(other, moved.voucher_id)

    assert [each[2:] for each in lines(told(hotel, guest))] == [("12.00", "12.00"), ("-12.00", "0.00")]
    assert [each[2:] for each in lines(told(hotel, other))] == [("12.00", "12.00"), ("-12.00", "0.00")]
    assert [each.kind for each in told(hotel, other).lines] == ["transfer", "correction"]


def test_a_line_without_a_text_of_its_own_is_called_what_its_code_is_called_now(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, sold("WATER"), sold("WATER", text="Sparkling"))
    hotel.do(codes.switch_code, "WATER", False, CASHIER)

    assert [each.text for each in told(hotel, guest).lines] == ["Water", "Sparkling"]


def test_a_folio_that_is_unknown_is_refused(hotel: Hotel) -> None:
    with hotel.refuses(FolioUnknown):
        hotel.do(statement, 4711)


def test_a_statement_takes_the_same_statements_however_many_lines_and_days_it_has(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, sold("WATER"))
    hotel.end_day()
    hotel.charge(guest, sold("WATER"))
    with statements(hotel.engine) as few, reading(hotel.sessions) as session:
        assert len(statement(session, guest, first=DAYS[1]).lines) == 1
    for _ in range(3):
        hotel.charge(guest, *[sold("WATER") for _ in range(20)])
        hotel.end_day()
    with statements(hotel.engine) as many, reading(hotel.sessions) as session:
        assert len(statement(session, guest, first=DAYS[1]).lines) == 61
    assert len(few) == len(many)


# --- opening balances are the same from the closings and from the postings ----------------------------------------

MOVES = st.lists(
    st.sampled_from(["charge", "pay", "correct", "transfer", "card", "end the day", "roll", "audit"]), max_size=15
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_an_opening_from_the_closings_equals_the_sum_of_the_postings(hotel: Hotel, moves: list[str]) -> None:
    guest, other = hotel.open(), hotel.open("master")
    for move in moves:
        _make(hotel, move, guest, other)
    with reading(hotel.sessions) as session:
        known = sorted(session.scalars(sa.select(BusinessDay.business_date)))
        days = [*known[-6:], known[-1] + timedelta(days=1)]
        for folio_id in (guest, other, *map(hotel.id, ("DRAWER", "VISA", "RESTAURANT"))):
            lines_of_all_time = statement(session, folio_id).lines
            for day in days:
                before = sum(e.debit_minor - e.credit_minor for e in lines_of_all_time if e.business_date < day)
                assert balance_before(session, folio_id, day) == before
                assert statement(session, folio_id, first=day).opening_minor == before
            assert balance(session, folio_id) == statement(session, folio_id).closing_minor


def _make(hotel: Hotel, move: str, guest: int, other: int) -> None:
    audited = hotel.do(auditing_date)
    if move == "charge":
        hotel.charge(guest, sold("FOOD", "12.34"), sold("WATER"))
    elif move == "pay":
        hotel.pay(guest, "5.00")
    elif move == "card":
        hotel.pay(other, "7.00", "VISA")
    elif move == "correct":
        hotel.correct(guest, hotel.charge(guest, sold("WATER")).voucher_id)
    elif move == "transfer":
        hotel.transfer(guest, other, hotel.posting(hotel.charge(guest, sold("WATER")).voucher_id))
    elif move == "audit" and audited:
        hotel.charge(guest, sold("ROOM", "99.00"), business_date=audited)
    elif move == "roll" and not audited:
        hotel.do(roll, "auditor")
    elif move == "end the day":
        hotel.do(close_day, audited or hotel.do(roll, "auditor")[0], "auditor")
