"""Invoices: numbers without gaps, kept as issued, credited whole, printed once as the original."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import db
from folios.corrections import allow
from folios.db import in_unit_of_work
from folios.drafts import Origin
from folios.errors import ReasonMissing, Refusal
from folios.folios import find_folio
from folios.models import Posting
from folios.transfers import transfer_all
from frontoffice import invoice_series, invoices
from frontoffice.bills import ControlFolioBilled, Recipient, read_bill
from frontoffice.fields import FieldMissing
from frontoffice.invoice_series import (
    SeriesClosed,
    SeriesNumberInvalid,
    SeriesPrefixTaken,
    SeriesStarted,
    SeriesTaken,
    SeriesToChoose,
    SeriesUnknown,
    SeriesWrongKind,
)
from frontoffice.invoices import (
    CreditNoteCredited,
    InvoiceBelowZero,
    InvoiceCredited,
    InvoiceKeyReused,
    InvoiceUnknown,
    NothingToBill,
)
from frontoffice.models.invoices import Invoice, InvoicePosting, InvoicePrint, InvoiceSeries
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, at_once, day

ORIGIN = Origin(CLERK)
CASHIERS = 8


@pytest.fixture
def stay(house: House) -> int:
    """A guest who owes a dinner of 40.00."""
    stay = house.arrive()
    house.charge(stay, "40.00")
    return stay


@pytest.fixture
def folio(house: House, stay: int) -> int:
    return house.window(stay)


def issue(house: House, folio: int, **facts: Any) -> Invoice:
    return house.do(invoices.issue, folio, operator=CLERK, **facts)


def credit(house: House, invoice: Invoice, reason: str = "wrong address", **facts: Any) -> Invoice:
    return house.do(invoices.credit, invoice.id, reason, CLERK, **facts)


def series(house: House, code: str, prefix: str, kind: str = "invoice", **facts: Any) -> InvoiceSeries:
    return house.do(invoice_series.add_series, code=code, name=code, kind=kind, prefix=prefix, operator=CLERK, **facts)


# --- issuing --------------------------------------------------------------------------------------------------


def test_the_first_invoice_needs_no_set_up_and_numbers_count_on(house: House, stay: int, folio: int) -> None:
    first = issue(house, folio)
    house.charge(stay, "5.00")
    second = issue(house, folio)
    assert [(each.number, each.sequence, each.total_minor) for each in (first, second)] == [
        ("INV1", 1, 4000),
        ("INV2", 2, 500),
    ]
    assert (first.kind, first.issued_on, first.recipient, first.currency) == ("invoice", day(0), "Mr. Guest", "EUR")
    assert [event.after for event in house.told("invoice.issued")] == [
        {"number": "INV1", "folio_id": folio, "total_minor": 4000},
        {"number": "INV2", "folio_id": folio, "total_minor": 500},
    ]


def test_an_invoice_bills_what_no_other_bills_and_brings_the_rest_forward(house: House) -> None:
    stay = house.arrive()
    folio = house.window(stay)
    house.charge(stay, "40.00")
    house.pay(stay, "100.00")
    issue(house, folio)
    house.charge(stay, "75.00", code="SPA")
    bill = read_bill(issue(house, folio).content["bill"])
    assert [(each.text, each.gross_minor) for each in bill.lines] == [("Spa", 7500)]
    assert bill.settlements == ()
    assert (bill.brought_forward_minor, bill.total_minor, bill.balance_minor) == (-6000, 7500, 1500)
    assert len(house.rows(InvoicePosting)) == 3


def test_everything_billed_already_leaves_nothing_to_bill(house: House, folio: int) -> None:
    issue(house, folio)
    with house.refuses(NothingToBill):
        issue(house, folio)


def test_a_line_taken_back_after_it_was_billed_stands_on_the_next_invoice(house: House, stay: int, folio: int) -> None:
    issue(house, folio)
    (dinner,) = house.rows(Posting)
    house.do(allow, folio, dinner.voucher_id, ORIGIN, "cold soup")
    with house.refuses(InvoiceBelowZero):
        issue(house, folio)
    house.charge(stay, "100.00")
    bill = read_bill(issue(house, folio).content["bill"])
    assert [(each.kind, each.gross_minor) for each in bill.lines] == [("allowance", -4000), ("charge", 10000)]


def test_a_line_moved_to_another_guest_may_be_on_an_invoice_of_each(house: House, stay: int, folio: int) -> None:
    issue(house, folio)
    other = house.window(house.arrive(room="102"))
    house.do(transfer_all, folio, other, ORIGIN)
    house.charge(stay, "50.00")
    assert issue(house, folio).total_minor == 1000
    assert issue(house, other).total_minor == 4000


def test_an_invoice_keeps_what_it_was_issued_with(house: House, folio: int) -> None:
    to = Recipient("Acme <b>Lda.</b>\nAccounts", "1 Long Street", "4000-100", "Porto", "pt", "PT501964843")
    issued = issue(house, folio, recipient=to, language="pt", grouping="code")
    assert issued.content["recipient"] == {
        "name": "Acme <b>Lda.</b>\nAccounts",
        "address": "1 Long Street",
        "postal_code": "4000-100",
        "city": "Porto",
        "country": "PT",
        "vat_number": "PT501964843",
    }
    assert (issued.content["language"], issued.content["bill"]["grouping"]) == ("pt", "code")
    assert (issued.content["number"], issued.content["issued_on"]) == ("INV1", "2026-03-01")
    assert issued.content_hash == invoices.content_hash(issued.content)


def test_no_invoice_goes_to_nobody_or_to_the_house(house: House, folio: int) -> None:
    with house.refuses(FieldMissing, field="name"):
        issue(house, folio, recipient=Recipient(" "))
    with house.refuses(ControlFolioBilled):
        issue(house, house.do(find_folio, "ROOM").id)


def test_the_same_key_gives_the_same_invoice_and_no_other(house: House, stay: int, folio: int) -> None:
    first = issue(house, folio, key="form-1")
    house.charge(stay, "5.00")
    assert issue(house, folio, key="form-1").id == first.id
    with house.refuses(InvoiceKeyReused, key="form-1", invoice="INV1"):
        issue(house, folio, key="form-1", language="de")
    note = credit(house, first, key="form-2")
    assert credit(house, first, key="form-2").id == note.id


# --- numbers --------------------------------------------------------------------------------------------------


def test_eight_cashiers_at_once_leave_no_gap_and_take_no_number_twice(house: House, database_url: str) -> None:
    folios = []
    for room in ("101", "102", "103", "104"):
        stay = house.arrive(room=room)
        house.charge(stay, "10.00")
        house.charge(stay, "15.00", code="SPA")
        folios.append(house.window(stay))
    engines = [db.open_engine(database_url) for _ in range(CASHIERS)]
    sessions = [db.session_source(engine) for engine in engines]

    def work(number: int) -> list[str]:
        answers = []
        for turn in range(4):
            folio = folios[(number + turn) % 4]
            try:
                issued = in_unit_of_work(
                    sessions[number], lambda s, folio=folio: invoices.issue(s, folio, operator=CLERK)
                )
                answers.append(issued.number)
                in_unit_of_work(sessions[number], lambda s, i=issued: invoices.credit(s, i.id, "again", CLERK))
            except Refusal as refusal:
                answers.append(refusal.code)
        return answers

    found = at_once([lambda number=number: work(number) for number in range(CASHIERS)])
    for engine in engines:
        engine.dispose()
    numbers = Counter(answer for answers in found for answer in answers)  # type: ignore[union-attr]
    numbers.pop("invoice.nothing_to_bill", None)
    issued = sum(numbers.values())
    assert issued >= 4
    assert numbers == {f"INV{number}": 1 for number in range(1, issued + 1)}
    assert [each.next_number for each in house.rows(InvoiceSeries)] == [issued + 1, issued + 1]
    assert sorted(each.sequence for each in house.rows(Invoice, kind="credit_note")) == list(range(1, issued + 1))


def test_one_folio_is_billed_once_however_many_issue_its_invoice(house: House, folio: int) -> None:
    def work() -> Invoice:
        return in_unit_of_work(house.sessions, lambda s: invoices.issue(s, folio, operator=CLERK))

    found = at_once([work] * CASHIERS)
    assert Counter(type(each).__name__ for each in found) == {"Invoice": 1, "NothingToBill": 7}
    assert len(house.rows(Invoice)) == 1


def test_the_same_key_at_once_makes_one_invoice(house: House, folio: int) -> None:
    def work() -> Invoice:
        return in_unit_of_work(house.sessions, lambda s: invoices.issue(s, folio, operator=CLERK, key="form"))

    assert [each.number for each in at_once([work] * CASHIERS)] == ["INV1"] * CASHIERS  # type: ignore[union-attr]


def test_a_number_taken_in_a_unit_that_fails_is_given_out_again(house: House, folio: int) -> None:
    def fail(session: Session) -> None:
        assert invoices.issue(session, folio, operator=CLERK).number == "INV1"
        raise RuntimeError("the printer's cable")

    with pytest.raises(RuntimeError):
        house.do(fail)
    assert house.rows(Invoice) == []
    assert issue(house, folio).number == "INV1"


def test_a_series_begins_where_it_is_told_and_then_only_counts_on(house: House, folio: int) -> None:
    series(house, "A", "A-", first_number=7)
    house.do(invoice_series.set_next_number, "A", 120, CLERK)
    assert issue(house, folio, series="A").number == "A-120"
    with house.refuses(SeriesStarted, number=121):
        house.do(invoice_series.set_next_number, "A", 500, CLERK)
    for number in (0, 10**10, True):
        with house.refuses(SeriesNumberInvalid):
            series(house, "B", "B", first_number=number)


def test_a_series_that_is_closed_unknown_or_of_credit_notes_gives_no_number(house: House, folio: int) -> None:
    series(house, "A", "A-")
    series(house, "C", "C-", kind="credit_note")
    house.do(invoice_series.switch_series, "A", False, CLERK)
    with house.refuses(SeriesClosed, series="A"):
        issue(house, folio, series="A")
    with house.refuses(SeriesClosed, series="A"):
        issue(house, folio)
    with house.refuses(SeriesWrongKind, series="C"):
        issue(house, folio, series="C")
    with house.refuses(SeriesUnknown, series="X"):
        issue(house, folio, series="X")
    house.do(invoice_series.switch_series, "A", True, CLERK)
    series(house, "B", "B-")
    with house.refuses(SeriesToChoose, series=["A", "B"]):
        issue(house, folio)
    assert issue(house, folio, series="B").number == "B-1"


def test_two_series_cannot_give_the_same_number(house: House) -> None:
    series(house, "A", "2026-")
    for prefix in ("2026-", "2026-1"):
        with house.refuses(SeriesPrefixTaken, series="A"):
            series(house, "B", prefix)
    with house.refuses(SeriesTaken):
        series(house, "a", "other")
    assert series(house, "B", "2026-X").prefix == "2026-X"


# --- credit notes ---------------------------------------------------------------------------------------------


def test_a_credit_note_takes_an_invoice_back_whole_so_that_it_can_be_billed_again(house: House, folio: int) -> None:
    first = issue(house, folio)
    house.end_day()
    note = credit(house, first)
    assert (note.kind, note.number, note.total_minor, note.issued_on) == ("credit_note", "CN1", -4000, day(1))
    assert note.content["credits"] == {"number": "INV1", "issued_on": "2026-03-01"}
    assert note.content["reason"] == "wrong address"
    bill = read_bill(note.content["bill"])
    assert [(each.text, each.gross_minor) for each in bill.lines] == [("Restaurant", -4000)]
    again = issue(house, folio, recipient=Recipient("Acme"))
    assert (again.number, again.total_minor, again.recipient) == ("INV2", 4000 + 10000, "Acme")


def test_an_invoice_is_credited_once_and_a_credit_note_never(house: House, folio: int) -> None:
    first = issue(house, folio)
    with house.refuses(ReasonMissing):
        credit(house, first, " ")
    note = credit(house, first)
    with house.refuses(InvoiceCredited, invoice="INV1", credit_note="CN1"):
        credit(house, first)
    with house.refuses(CreditNoteCredited, invoice="CN1"):
        credit(house, note)
    with house.refuses(InvoiceUnknown):
        house.do(invoices.credit, 999, "why", CLERK)


def test_two_who_credit_at_once_write_one_credit_note(house: House, folio: int) -> None:
    first = issue(house, folio)

    def work() -> Invoice:
        return in_unit_of_work(house.sessions, lambda s: invoices.credit(s, first.id, "twice", CLERK))

    found = at_once([work] * CASHIERS)
    assert Counter(type(each).__name__ for each in found) == {"Invoice": 1, "InvoiceCredited": 7}


# --- printing and finding ---------------------------------------------------------------------------------------


def test_one_printout_is_the_original_and_every_other_a_copy(house: House, folio: int) -> None:
    issued = issue(house, folio)

    def work() -> int:
        return in_unit_of_work(house.sessions, lambda s: invoices.printed(s, issued.id, CLERK))

    assert sorted(at_once([work] * CASHIERS)) == list(range(CASHIERS))  # type: ignore[type-var]
    assert len(house.rows(InvoicePrint, invoice_id=issued.id)) == CASHIERS
    with house.refuses(InvoiceUnknown):
        house.do(invoices.printed, 999, CLERK)


def test_invoices_are_found_by_number_by_folio_and_by_day(house: House, folio: int) -> None:
    first = issue(house, folio)
    credit(house, first)
    house.do(invoices.printed, first.id, CLERK)
    with statements(house.engine) as sent:
        rows = house.do(invoices.invoices_of, folio)
    assert len(sent) == 1
    assert [(each.number, each.credits, each.credited_by, each.prints, each.total_minor) for each in rows] == [
        ("INV1", None, "CN1", 1, 4000),
        ("CN1", "INV1", None, 0, -4000),
    ]
    assert house.do(invoices.list_invoices, day(0), day(0)) == rows
    assert house.do(invoices.list_invoices, day(1), day(9)) == []
    assert house.do(invoices.find_invoice, " INV1 ").id == first.id
    for number in ("INV9", "a\0b"):
        with house.refuses(InvoiceUnknown):
            house.do(invoices.find_invoice, number)


# --- what is always true --------------------------------------------------------------------------------------


def test_an_issued_invoice_cannot_be_changed_or_deleted(house: House, folio: int) -> None:
    issue(house, folio)
    house.do(invoices.printed, house.rows(Invoice)[0].id, CLERK)
    for table, column in (("invoice", "total_minor"), ("invoice_posting", "posting_id"), ("invoice_print", "operator")):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
            with pytest.raises(sa.exc.DBAPIError, match="immutable"), house.engine.begin() as connection:
                connection.exec_driver_sql(statement)


DAMAGES = {
    "UPDATE invoice SET total_minor = 1 WHERE number = 'INV1'": {
        "an invoice's total is what it bills, and a credit note's what it credits",
        "what is stored of an invoice is what was issued, and its lines add up to its total",
    },
    "DELETE FROM invoice WHERE number = 'INV1'": {
        "each series of invoices has given out its numbers without a gap and none twice",
    },
    "UPDATE invoice_series SET next_number = next_number + 1 WHERE code = 'INV'": {
        "each series of invoices has given out its numbers without a gap and none twice",
    },
    "UPDATE invoice SET content_hash = 'x' WHERE number = 'INV1'": {
        "what is stored of an invoice is what was issued, and its lines add up to its total",
    },
    "UPDATE invoice SET issued_on = '2026-02-01' WHERE number = 'INV1'": {
        "what is stored of an invoice is what was issued, and its lines add up to its total",
    },
    "INSERT INTO invoice_posting SELECT 2, posting_id FROM invoice_posting WHERE invoice_id = 1": {
        "an invoice's total is what it bills, and a credit note's what it credits",
        "an invoice bills postings of its folio, and none that another of that folio bills which is not credited",
    },
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_damage_to_invoices_is_named_by_the_proof(
    house: House, stay: int, folio: int, database_url: str, damage: str
) -> None:
    issue(house, folio)
    house.charge(stay, "5.00")
    issue(house, folio)
    house.prove()
    house.engine.dispose()
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        assert connection.execute(damage).rowcount > 0
    assert {name for name, _ in house.differences()} == DAMAGES[damage]
    _repair(house)


def _repair(house: House) -> None:
    """The house proves its books when the test is over: what was damaged is taken away first."""
    with house.engine.begin() as connection:
        for table in ("invoice_print", "invoice_posting", "invoice", "invoice_series"):
            connection.exec_driver_sql(f"DELETE FROM {table}")


def test_the_days_of_an_invoice_are_business_days(house: House, folio: int) -> None:
    house.end_day()
    assert issue(house, folio).issued_on == date(2026, 3, 2)
