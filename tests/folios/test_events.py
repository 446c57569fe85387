"""The audit trail: every change writes one event, with who, when and what; and how a versioned record is edited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from folios import business_day, charges, clock, codes, events, folios, payments, transfers
from folios.charges import Charge
from folios.errors import ChangedMeanwhile
from folios.folios import NewFolio
from folios.models import Event, Folio, TransactionCode
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, origin, sold

NEXT_DAY = FIRST_DAY + timedelta(days=1)


@pytest.fixture
def book(hotel: Hotel, guest: int) -> Hotel:
    """A hotel with a guest who had a dinner, another guest, a company, and a tax."""
    hotel.open(number="OTHER")
    hotel.open("semi_permanent", number="COMPANY")
    hotel.tax("VAT10", "10")
    hotel.charge(guest, sold("FOOD", "10.00"))
    return hotel


def dinner(hotel: Hotel) -> int:
    """The voucher of the guest's dinner."""
    return next(each.after["voucher"] for each in hotel.rows(Event, action="folio.charge.posted") if each.after)


# What is done, and the events it writes: action and whose.
DEEDS: dict[str, tuple[Callable[[Hotel, int], object], list[tuple[str, str]]]] = {
    "charge": (lambda hotel, guest: hotel.charge(guest, sold("WATER")), [("folio.charge.posted", "GUEST")]),
    "charge of many lines": (
        lambda hotel, guest: hotel.charge(guest, *[sold("WATER")] * 5),
        [("folio.charge.posted", "GUEST")],
    ),
    "pay": (lambda hotel, guest: hotel.pay(guest, "1.00"), [("folio.payment.posted", "GUEST")]),
    "pay by direct bill": (
        lambda hotel, guest: hotel.pay(guest, "1.00", "BILL", "COMPANY"),
        [("folio.payment.posted", "GUEST")],
    ),
    "pay out": (lambda hotel, guest: hotel.pay_out("1.00", guest), [("folio.paid_out.posted", "GUEST")]),
    "pay out for the house": (lambda hotel, guest: hotel.pay_out("1.00"), [("folio.paid_out.posted", "HOUSE")]),
    "bring forward": (lambda hotel, guest: hotel.bring_forward(guest, "1.00"), [("folio.opening.posted", "GUEST")]),
    "transfer": (lambda hotel, guest: hotel.transfer_all(guest, "OTHER"), [("folio.line.transferred", "GUEST")]),
    "split": (
        lambda hotel, guest: hotel.split(guest, hotel.posting(dinner(hotel)), (guest, 1), (hotel.id("OTHER"), 1)),
        [("folio.line.transferred", "GUEST")],
    ),
    "correct": (lambda hotel, guest: hotel.correct(guest, dinner(hotel)), [("folio.line.corrected", "GUEST")]),
    "allow": (lambda hotel, guest: hotel.allow(guest, dinner(hotel)), [("folio.allowance.posted", "GUEST")]),
    "limit": (
        lambda hotel, guest: hotel.do(folios.set_house_limit, guest, 100, CASHIER),
        [("folio.limit.set", "GUEST")],
    ),
    "exempt": (
        lambda hotel, guest: hotel.do(folios.exempt, guest, ["VAT10"], CASHIER, "a diplomat"),
        [("folio.exempted", "GUEST")],
    ),
    "close": (
        lambda hotel, guest: hotel.do(folios.close_folios, [hotel.id("OTHER"), hotel.id("COMPANY")], CASHIER),
        [("folio.closed", "OTHER"), ("folio.closed", "COMPANY")],
    ),
    "close and reopen": (
        lambda hotel, guest: [
            hotel.do(verb, hotel.id("OTHER"), CASHIER) for verb in (folios.close_folio, folios.reopen_folio)
        ],
        [("folio.closed", "OTHER"), ("folio.reopened", "OTHER")],
    ),
    "open": (
        lambda hotel, guest: hotel.do(
            folios.open_folios, [NewFolio("staff", "A", "S-A"), NewFolio("staff", "B", "S-B")], CASHIER
        ),
        [("folio.opened", "S-A"), ("folio.opened", "S-B")],
    ),
    "add a code": (
        lambda hotel, guest: hotel.do(
            codes.add_code,
            code="BAR",
            name="Bar",
            kind="charge",
            department="Food and beverage",
            operator=CASHIER,
            folio_id=hotel.id("RESTAURANT"),
        ),
        [("code.added", "code:BAR")],
    ),
    "switch a code": (
        lambda hotel, guest: hotel.do(codes.switch_code, "FOOD", False, CASHIER),
        [("code.switched", "code:FOOD")],
    ),
    "set a rate": (
        lambda hotel, guest: hotel.do(codes.set_rate, "VAT10", NEXT_DAY, rate_ppm=5, operator=CASHIER),
        [("tax.rate.set", "code:VAT10")],
    ),
    "set taxes": (
        lambda hotel, guest: hotel.do(codes.set_taxes, "FOOD", ["VAT10"], CASHIER),
        [("code.taxes.set", "code:FOOD")],
    ),
    "roll": (lambda hotel, guest: hotel.do(business_day.roll, CASHIER), [("day.rolled", f"day:{FIRST_DAY}")]),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_every_change_writes_one_event_with_operator_and_business_date(book: Hotel, guest: int, deed: str) -> None:
    do, expected = DEEDS[deed]
    before = len(book.rows(Event))
    start = clock.now()
    do(book, guest)
    numbers = {f"folio:{folio.id}": folio.number for folio in book.rows(Folio)}
    written = book.rows(Event)[before:]
    assert [(each.action, numbers.get(each.subject, each.subject)) for each in written] == expected
    assert {each.operator for each in written} == {CASHIER}
    assert {each.business_date for each in written} == {NEXT_DAY if deed == "roll" else FIRST_DAY}
    assert all(start <= each.at <= clock.now() for each in written)


def test_each_voucher_of_a_batch_has_its_own_event(book: Hotel, guest: int) -> None:
    other, before = book.id("OTHER"), len(book.rows(Event))
    batch = [(Charge(folio, (sold("WATER"),)), origin()) for folio in (guest, other, guest)]
    posted = book.do(charges.charge_all, batch)
    paid = book.do(payments.pay_all, [(book.payment(other, "1.00"), origin())] * 2)
    moved = book.do(transfers.transfer_each, [(guest, other)], origin())
    told = [each.after["voucher"] for each in book.rows(Event)[before:] if each.after]
    assert sorted(told) == sorted(each.voucher_id for each in [*posted, *paid, *moved])


def test_an_event_of_a_voucher_says_which_and_how_much(book: Hotel, guest: int) -> None:
    paid = book.pay(guest, "12.34")
    last = book.rows(Event)[-1]
    assert (last.before, last.after) == (None, {"voucher": paid.voucher_id, "total_minor": 1234})


def test_an_event_of_a_changed_limit_says_what_was_before_and_after(book: Hotel, guest: int) -> None:
    for limit in (100, None):
        book.do(folios.set_house_limit, guest, limit, CASHIER)
    first, second = book.rows(Event)[-2:]
    assert (first.before, first.after) == ({"house_limit_minor": None}, {"house_limit_minor": 100})
    assert (second.before, second.after) == ({"house_limit_minor": 100}, {"house_limit_minor": None})


def test_an_event_of_an_exemption_says_why(book: Hotel, guest: int) -> None:
    book.do(folios.exempt, guest, ["VAT10"], CASHIER, " a diplomat ")
    last = book.rows(Event)[-1]
    assert (last.before, last.after) == ({"exempt_from": ""}, {"exempt_from": "VAT10", "reason": "a diplomat"})


def test_what_was_sent_before_writes_no_event(book: Hotel, guest: int) -> None:
    book.charge(guest, sold("WATER"), key="1")
    before = len(book.rows(Event))
    book.charge(guest, sold("WATER"), key="1")
    assert len(book.rows(Event)) == before


def test_dates_in_an_event_are_written_as_text(book: Hotel) -> None:
    book.do(events.record, "stay.changed", "stay:1", CASHIER, {"until": FIRST_DAY}, {"at": clock.now(), "rooms": [1]})
    last = book.rows(Event)[-1]
    assert last.before == {"until": "2026-03-01"}
    assert set(last.after or {}) == {"at", "rooms"}
    book.do(events.record_all, "stay.changed", CASHIER, [])
    assert book.rows(Event)[-1].id == last.id


# --- editing a versioned record -------------------------------------------------------------------------------


def amend(hotel: Hotel, folio_id: int, seen_version: int, **changes: Any) -> bool:
    def change(session: Session) -> bool:
        row = folios.get_folio(session, folio_id)
        return events.amend(session, row, seen_version, changes, "folio.renamed", f"folio:{folio_id}", CASHIER)

    return hotel.do(change)


def test_an_edit_is_saved_with_its_before_and_after_and_a_new_version(hotel: Hotel, guest: int) -> None:
    assert amend(hotel, guest, 1, name="Guest, Dr.", number="GUEST") is True
    folio, last = hotel.folio(guest), hotel.rows(Event)[-1]
    assert (folio.name, folio.version) == ("Guest, Dr.", 2)
    assert (last.action, last.subject) == ("folio.renamed", f"folio:{guest}")
    assert (last.before, last.after) == ({"name": "Guest, Mr."}, {"name": "Guest, Dr."})


def test_an_edit_that_changes_nothing_writes_nothing(hotel: Hotel, guest: int) -> None:
    before = hotel.contents()
    assert amend(hotel, guest, 1, name="Guest, Mr.") is False
    assert hotel.contents() == before


def test_a_stale_edit_is_refused_with_the_field_and_both_values(hotel: Hotel, guest: int) -> None:
    amend(hotel, guest, 1, name="Guest, Dr.")
    with hotel.refuses(ChangedMeanwhile) as refusal:
        amend(hotel, guest, 1, name="Guest, Prof.")
    assert str(refusal.value) == (
        f"folio:{guest} was changed by someone else meanwhile (name: Guest, Dr. / Guest, Prof.)."
        " Look at it again, then save."
    )
    assert hotel.folio(guest).name == "Guest, Dr."


def test_a_stale_edit_is_refused_even_where_both_wanted_the_same(hotel: Hotel, guest: int) -> None:
    amend(hotel, guest, 1, name="Guest, Dr.")
    with hotel.refuses(ChangedMeanwhile) as refusal:
        amend(hotel, guest, 1, name="Guest, Dr.")
    assert refusal.value.params["changed"] == ["version 2"]


def test_a_limit_that_was_set_meanwhile_makes_an_edit_stale(hotel: Hotel, guest: int) -> None:
    hotel.do(folios.set_house_limit, guest, 100, CASHIER)
    with hotel.refuses(ChangedMeanwhile):
        amend(hotel, guest, 1, name="Guest, Dr.")


def test_a_posting_makes_no_edit_stale(hotel: Hotel, guest: int) -> None:
    hotel.charge(guest, sold("WATER"))
    assert amend(hotel, guest, 1, name="Guest, Dr.")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # on SQLite the second writer waits outside
def test_of_two_who_save_at_the_same_moment_one_is_refused(hotel: Hotel, neighbour: Hotel) -> None:
    def rename(session: Session, name: str) -> None:
        row = session.get_one(TransactionCode, "FOOD")
        if name == "Dinner":
            neighbour.do(rename, "Supper")
        events.amend(session, row, 1, {"name": name}, "code.renamed", "code:FOOD", CASHIER)

    with pytest.raises(ChangedMeanwhile):
        hotel.do(rename, "Dinner")
    (food,) = hotel.rows(TransactionCode, code="FOOD")
    assert (food.name, food.version) == ("Supper", 2)
