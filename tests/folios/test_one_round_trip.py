"""Charges in one statement on PostgreSQL say exactly what the steps say, and no rule asks once for each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from folios import charges, codes, corrections, db, folios, one_round_trip, payments, transfers
from folios.charges import Charge, ChargeLine
from folios.drafts import Posted
from folios.errors import CommitUnknown, DatabaseGone, Refusal
from folios.folios import NewFolio
from folios.models import Event, Folio, Posting, Voucher
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, origin, sold, statements

WATER = sold("WATER")
only_on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


# --- the same with and without --------------------------------------------------------------------------------


def charge_many(hotel: Hotel, *charged: tuple[int, str | None, dict[str, Any]]) -> list[Posted]:
    batch = [(Charge(folio, (WATER,), **facts), origin(key)) for folio, key, facts in charged]
    return hotel.do(charges.charge_all, batch)


def rolled(hotel: Hotel) -> Hotel:
    hotel.roll()
    return hotel


def closed(hotel: Hotel, folio: int) -> Hotel:
    hotel.do(folios.close_folio, folio, CASHIER)
    return hotel


def limited(hotel: Hotel, folio: int, minor: int) -> Hotel:
    hotel.do(folios.set_house_limit, folio, minor, CASHIER)
    return hotel


def after(first: object, then: Callable[[], object]) -> object:
    """What is done once something else was done."""
    return then()


SCENARIOS: dict[str, Callable[[Hotel, int, int], object]] = {
    "one line": lambda hotel, guest, other: hotel.charge(guest, WATER),
    "many lines with taxes": lambda hotel, guest, other: hotel.charge(guest, sold("FOOD", "9.99"), WATER, WATER),
    "every fact": lambda hotel, guest, other: hotel.charge(
        guest,
        sold("FOOD", "1.00", quantity=3, article="a-1", text="🍷 <b>'\"\\"),
        check_number="17",
        covers=0,
        reference="tab\tand\nline",
        remark="宮保雞丁",
        over_limit_by="manager",
        key="1",
    ),
    "a batch": lambda hotel, guest, other: charge_many(hotel, (guest, None, {}), (other, "1", {}), (guest, "2", {})),
    "exactly at the limit": lambda hotel, guest, other: limited(hotel, guest, 350).charge(guest, WATER),
    "one cent over the limit": lambda hotel, guest, other: limited(hotel, guest, 349).charge(guest, WATER),
    "over the limit together": lambda hotel, guest, other: charge_many(
        limited(hotel, guest, 699), (guest, None, {}), (guest, None, {})
    ),
    "over the limit, authorised": lambda hotel, guest, other: limited(hotel, guest, 0).charge(
        guest, WATER, over_limit_by="manager"
    ),
    "one of two authorised": lambda hotel, guest, other: charge_many(
        limited(hotel, guest, 400), (guest, None, {}), (guest, None, {"over_limit_by": "manager"})
    ),
    "sent twice": lambda hotel, guest, other: [hotel.charge(guest, WATER, key="1") for _ in range(2)],
    "sent twice, over the limit by now": lambda hotel, guest, other: [
        limited(hotel, guest, 350).charge(guest, WATER, key="1") for _ in range(2)
    ],
    "partly sent before": lambda hotel, guest, other: after(
        hotel.charge(guest, WATER, key="1"),
        lambda: charge_many(hotel, (other, "0", {}), (guest, "1", {}), (guest, None, {})),
    ),
    "partly sent before, the rest over the limit": lambda hotel, guest, other: after(
        hotel.charge(guest, WATER, key="1"),
        lambda: charge_many(limited(hotel, guest, 699), (guest, "1", {}), (guest, "2", {})),
    ),
    "a key used for something else": lambda hotel, guest, other: after(
        hotel.charge(guest, WATER, key="1"), lambda: hotel.charge(guest, sold("FOOD", "1.00"), key="1")
    ),
    "closed": lambda hotel, guest, other: closed(hotel, guest).charge(guest, WATER),
    "one of two closed": lambda hotel, guest, other: charge_many(
        closed(hotel, other), (guest, None, {}), (other, None, {})
    ),
    "unknown": lambda hotel, guest, other: hotel.charge(999_999, WATER),
    "one of two unknown": lambda hotel, guest, other: charge_many(hotel, (guest, None, {}), (999_999, None, {})),
    "a control folio": lambda hotel, guest, other: hotel.charge("ROOM", WATER),
    "a card company": lambda hotel, guest, other: hotel.charge("VISA", WATER),
    "a receivable": lambda hotel, guest, other: hotel.charge("COMPANY", WATER),
    "a deposit": lambda hotel, guest, other: hotel.charge("DEPOSIT", WATER),
    "staff": lambda hotel, guest, other: hotel.charge("WAITER", WATER),
    "exempt": lambda hotel, guest, other: after(
        hotel.do(folios.exempt, guest, ["VAT10"], CASHIER, "a diplomat"),
        lambda: charge_many(hotel, (guest, None, {}), (other, None, {})),
    ),
    "the catalogue changed": lambda hotel, guest, other: after(
        hotel.do(codes.set_rate, "VAT10", FIRST_DAY, rate_ppm=50_000, operator=CASHIER),
        lambda: hotel.charge(guest, WATER),
    ),
    "rolled": lambda hotel, guest, other: rolled(hotel).charge(guest, WATER),
    "the day being audited": lambda hotel, guest, other: rolled(hotel).charge(guest, WATER, business_date=FIRST_DAY),
    "the open day by name": lambda hotel, guest, other: hotel.charge(guest, WATER, business_date=FIRST_DAY),
    "a closed day": lambda hotel, guest, other: after(
        hotel.end_day(), lambda: hotel.charge(guest, WATER, business_date=FIRST_DAY)
    ),
    "nothing": lambda hotel, guest, other: hotel.charge(guest),
    "no amount": lambda hotel, guest, other: hotel.charge(guest, sold("FOOD", "0.00")),
    "an unknown code": lambda hotel, guest, other: hotel.charge(guest, sold("NONE", "1.00")),
}


class Enough(Exception):
    """Rolls back what a scenario did, so that it can be done again."""


def told(hotel: Hotel, guest: int, other: int, scenario: str) -> object:
    """What a scenario answers and leaves in the books, without the numbers and moments that differ each time."""
    try:
        answered = SCENARIOS[scenario](hotel, guest, other)
    except Refusal as refusal:
        return refusal.code, {name: value for name, value in refusal.params.items() if name != "voucher"}
    answers = answered if isinstance(answered, list) else [answered]
    return hotel.do(lambda session: answers_and_books(session, answers))


def answers_and_books(session: Session, answers: list[Posted]) -> object:
    vouchers = list(session.scalars(all_of(Voucher)))
    numbers = {voucher.id: place for place, voucher in enumerate(vouchers)}
    return (
        [(numbers[each.voucher_id], each.business_date, each.total_minor, each.replayed) for each in answers],
        [facts(voucher, "id", "written_at") for voucher in vouchers],
        [
            facts(posting, "id", "voucher_id") | {"voucher": numbers[posting.voucher_id]}
            for posting in session.scalars(all_of(Posting))
        ],
        [
            (each.operator, each.action, each.subject, each.business_date, (each.after or {}).get("total_minor"))
            for each in session.scalars(all_of(Event))
        ],
        {folio.number: folio.balance_minor for folio in session.scalars(all_of(Folio))},
    )


def outcome(hotel: Hotel, guest: int, other: int, scenario: str) -> object:
    """What a scenario says in one unit of work, which is then rolled back."""
    try:
        with hotel.one_unit():
            result = told(hotel, guest, other, scenario)
            raise Enough
    except Enough:
        return result


def all_of(table: Any) -> sa.Select[Any]:
    return sa.select(table).order_by(table.id)


def facts(row: Any, *but: str) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.c if column.name not in but}


def furnish(hotel: Hotel) -> int:
    """What the scenarios speak of; the other guest's folio."""
    hotel.tax("VAT10", "10", "WATER", "FOOD")
    hotel.open("staff", number="WAITER")
    hotel.open("semi_permanent", number="COMPANY")
    hotel.open(number="DEPOSIT", ledger="deposit")
    return hotel.open(number="OTHER")


@only_on_postgresql
@pytest.mark.parametrize("alone", [True, False], ids=["its own statement", "the statement for many"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_charge_in_one_statement_says_and_writes_what_the_steps_do(
    hotel: Hotel, guest: int, scenario: str, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = furnish(hotel)
    if not alone:
        monkeypatch.setattr(one_round_trip, "_alone", lambda _drafts: False)
    in_one = outcome(hotel, guest, other, scenario)
    monkeypatch.setattr(one_round_trip, "write", lambda *_: {})
    stepwise = outcome(hotel, guest, other, scenario)
    assert in_one == stepwise is not None


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_charge_alone_says_and_writes_what_one_among_others_does(
    hotel: Hotel, guest: int, scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = furnish(hotel)
    among_others = outcome(hotel, guest, other, scenario)
    monkeypatch.setattr(hotel, "charge", partial(charge_alone, hotel))
    assert told(hotel, guest, other, scenario) == among_others is not None


# --- a charge alone -------------------------------------------------------------------------------------------


def charge_alone(hotel: Hotel, folio: int | str, *lines: ChargeLine, key: str | None = None, **facts: Any) -> Posted:
    return charges.charge_alone(hotel.sessions, Charge(hotel.id(folio), lines, **facts), origin(key))


@only_on_postgresql
def test_a_charge_alone_is_one_statement_that_commits_by_itself(hotel: Hotel, guest: int, neighbour: Hotel) -> None:
    charge_alone(hotel, guest, WATER)
    with statements(hotel.engine) as sent:
        posted = charge_alone(hotel, guest, WATER)
    assert len(sent) == 1
    assert neighbour.voucher(posted.voucher_id).kind == "charge"


def test_the_connection_of_a_charge_alone_is_used_for_units_of_work_again(hotel: Hotel, guest: int) -> None:
    for _ in range(3):
        charge_alone(hotel, guest, WATER)
        outcome(hotel, guest, guest, "one line")
    assert hotel.balance(guest) == "10.50", "what was rolled back is not there"


def test_a_charge_alone_sent_again_gives_its_first_answer(hotel: Hotel, guest: int) -> None:
    first, second = (charge_alone(hotel, guest, WATER, key="1") for _ in range(2))
    assert (second.replayed, replace(second, replayed=False)) == (True, first)
    assert hotel.balance(guest) == "3.50"


def test_a_charge_alone_by_a_stale_catalogue_or_day_is_made_again(hotel: Hotel, guest: int, neighbour: Hotel) -> None:
    charge_alone(hotel, guest, WATER)
    neighbour.tax("VAT10", "10", "WATER")
    assert charge_alone(hotel, guest, WATER).total_minor == 385
    opened = neighbour.roll()
    assert charge_alone(hotel, guest, WATER).business_date == opened


@only_on_postgresql
@pytest.mark.parametrize("written", [False, True], ids=["before it wrote", "after it wrote"])
def test_a_charge_alone_whose_answer_is_lost_is_unknown_and_may_be_sent_again(
    hotel: Hotel, guest: int, neighbour: Hotel, written: bool
) -> None:
    charge_alone(hotel, guest, WATER)
    lost: list[int] = []

    def lose_the_line(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO voucher" in statement and not lost:
            driver = connection.connection.driver_connection
            lost.append(driver.info.backend_pid)
            if written:
                driver.close()
                raise OperationalError(statement, None, psycopg.OperationalError("the connection is lost"))
            with neighbour.engine.connect() as other:
                other.execute(sa.text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": lost[0]})

    moment = "after_cursor_execute" if written else "before_cursor_execute"
    event.listen(hotel.engine, moment, lose_the_line)
    try:
        with pytest.raises(CommitUnknown):
            charge_alone(hotel, guest, WATER, key="1")
    finally:
        event.remove(hotel.engine, moment, lose_the_line)
    assert lost
    assert len(hotel.rows(Voucher, key="1")) == written
    answer = charge_alone(hotel, guest, WATER, key="1")
    assert answer.replayed is written
    assert [each.id for each in hotel.rows(Voucher, key="1")] == [answer.voucher_id]


@only_on_postgresql
def test_a_charge_alone_that_is_broken_off_by_the_database_is_tried_again(hotel: Hotel, guest: int) -> None:
    charge_alone(hotel, guest, WATER)
    broken: list[str] = []

    def break_off(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO voucher" in statement and not broken:
            broken.append(statement)
            raise OperationalError(statement, None, psycopg.errors.DeadlockDetected("deadlock detected"))

    event.listen(hotel.engine, "before_cursor_execute", break_off)
    try:
        charge_alone(hotel, guest, WATER)
    finally:
        event.remove(hotel.engine, "before_cursor_execute", break_off)
    assert broken
    assert hotel.balance(guest) == "7.00"


@only_on_postgresql
def test_a_charge_alone_without_a_database_says_so(hotel: Hotel, guest: int) -> None:
    nowhere = db.open_engine(hotel.engine.url.set(port=1, host="127.0.0.1"))
    with pytest.raises(DatabaseGone):
        charges.charge_alone(db.session_source(nowhere), Charge(guest, (WATER,)), origin("1"))


# --- how many statements --------------------------------------------------------------------------------------


def count(hotel: Hotel, verb: Callable[..., object], *facts: Any) -> int:
    """The statements of a rule, in a unit of work of its own."""
    with statements(hotel.engine) as sent:
        hotel.do(verb, *facts)
    return len(sent)


@pytest.mark.parametrize(("database_kind", "most"), [("postgresql", 1), ("sqlite", 7)], indirect=["database_kind"])
def test_a_charge_with_its_taxes_is_one_statement_on_postgresql_and_few_on_sqlite(
    hotel: Hotel, guest: int, most: int
) -> None:
    hotel.tax("VAT10", "10", "WATER")
    hotel.charge(guest, WATER)
    assert count(hotel, charges.charge, Charge(guest, (WATER, WATER)), origin("1")) <= most


@only_on_postgresql
def test_many_charges_are_one_statement_on_postgresql(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, WATER)
    batch = [(Charge(guest, (WATER,)), origin(str(number))) for number in range(40)]
    assert count(hotel, charges.charge_all, batch) == 1
    assert hotel.balance(guest) == "143.50"


def guests(hotel: Hotel, many: int) -> list[int]:
    opened = hotel.do(folios.open_folios, [NewFolio("individual", "Guest, Mr.") for _ in range(many)], CASHIER)
    return [folio.id for folio in opened]


def charged(hotel: Hotel, many: int) -> list[int]:
    """So many guests who had a water each."""
    folio_ids = guests(hotel, many)
    hotel.do(charges.charge_all, [(Charge(folio_id, (WATER,)), origin()) for folio_id in folio_ids])
    return folio_ids


def one_folio(hotel: Hotel, lines: int) -> tuple[int, int]:
    """A folio with so many lines, and an empty one."""
    folio_id, other = guests(hotel, 2)
    hotel.charge(folio_id, *[WATER] * lines)
    return folio_id, other


def standing_postings(hotel: Hotel, folio_id: int) -> list[int]:
    return [each.id for each in hotel.rows(Posting, debit_folio_id=folio_id) if each.parent_line is None]


RULES: dict[str, Callable[[Hotel, int], int]] = {
    "charge many": lambda hotel, many: count(
        hotel, charges.charge_all, [(Charge(each, (WATER,)), origin(str(each))) for each in guests(hotel, many)]
    ),
    "charge many lines": lambda hotel, many: count(
        hotel, charges.charge, Charge(guests(hotel, 1)[0], (WATER,) * many), origin()
    ),
    "charge many again": lambda hotel, many: charge_again(hotel, guests(hotel, many)),
    "pay": lambda hotel, many: count(
        hotel, payments.pay_all, [(hotel.payment(each, "1.00", "VISA"), origin()) for each in guests(hotel, many)]
    ),
    "open": lambda hotel, many: count(
        hotel, folios.open_folios, [NewFolio("staff", "Guest, Mr.") for _ in range(many)], CASHIER
    ),
    "open with numbers": lambda hotel, many: count(
        hotel, folios.open_folios, [NewFolio("staff", "G", f"{many}-{number}") for number in range(many)], CASHIER
    ),
    "close": lambda hotel, many: count(hotel, folios.close_folios, guests(hotel, many), CASHIER),
    "transfer all lines": lambda hotel, many: count(hotel, transfers.transfer_all, *one_folio(hotel, many), origin()),
    "transfer chosen lines": lambda hotel, many: transfer_chosen(hotel, *one_folio(hotel, many)),
    "transfer many folios": lambda hotel, many: count(
        hotel, transfers.transfer_each, [(each, hotel.id("GUEST")) for each in charged(hotel, many)], origin()
    ),
    "correct": lambda hotel, many: correct(hotel, *one_folio(hotel, many)),
    "split": lambda hotel, many: split(hotel, one_folio(hotel, 1)[0], guests(hotel, many)),
}


def charge_again(hotel: Hotel, folio_ids: list[int]) -> int:
    batch = [(Charge(each, (WATER,)), origin(str(each))) for each in folio_ids]
    hotel.do(charges.charge_all, batch)
    return count(hotel, charges.charge_all, batch)


def transfer_chosen(hotel: Hotel, folio_id: int, other: int) -> int:
    return count(hotel, transfers.transfer, folio_id, other, standing_postings(hotel, folio_id), origin())


def correct(hotel: Hotel, folio_id: int, _other: int) -> int:
    (voucher_id,) = {each.voucher_id for each in hotel.rows(Posting, debit_folio_id=folio_id)}
    return count(hotel, corrections.correct, folio_id, voucher_id, origin(), "mistyped")


def split(hotel: Hotel, folio_id: int, others: list[int]) -> int:
    (posting_id,) = standing_postings(hotel, folio_id)
    return count(hotel, transfers.split, folio_id, posting_id, [(other, 1) for other in others], origin())


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_asks_the_database_more_often_for_more_rows(hotel: Hotel, guest: int, rule: str) -> None:
    hotel.tax("VAT10", "10", "WATER")
    RULES[rule](hotel, 2)  # whatever is read once and kept is read now
    assert RULES[rule](hotel, 40) == RULES[rule](hotel, 3)
