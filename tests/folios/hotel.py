"""A little hotel's ledger to test on: a few control folios and codes, two card companies, and short ways to use them.

Each verb of a `Hotel` runs in a unit of work of its own. Amounts are written as people read them ("105.50"), folios are
named by id or by number. What a refusal must never leave behind, and what is always true of the books, is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from folios import business_day, charges, codes, corrections, db, folios, ledger, payments, transfers
from folios.charges import Charge, ChargeLine
from folios.drafts import ACTIONS, Origin, Posted
from folios.errors import Refusal
from folios.folios import NewFolio
from folios.lines import standing_lines
from folios.models import BusinessDay, ClosingBalance, Event, Folio, Ledger, LedgerClosing, Posting, Voucher
from folios.money import Money
from folios.payments import PaidOut, Payment

T = TypeVar("T")

FIRST_DAY = date(2026, 3, 1)
CASHIER = "cashier"
CONTROL = ("ROOM", "RESTAURANT", "CANCELLATION", "VAT", "SERVICE", "CITYTAX", "DRAWER", "DRAWER2", "HOUSE", "BEFORE")
CARDS = ("VISA", "MASTERCARD")
WRITTEN = (Ledger, BusinessDay, Folio, Voucher, Posting, Event, ClosingBalance, LedgerClosing)


def euro(figure: str) -> Money:
    return Money.of(figure, "EUR")


def figure(minor: int) -> str:
    return str(Money(minor, "EUR").decimal)


def sold(code: str, price: str | None = None, **facts: Any) -> ChargeLine:
    """A line of a charge: `sold("FOOD", "12.50", quantity=2)`."""
    return ChargeLine(code, None if price is None else euro(price), **facts)


def origin(key: str | None = None, sender: str = "till") -> Origin:
    return Origin(CASHIER) if key is None else Origin(CASHIER, sender=sender, key=key)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements sent meanwhile; the beginning of a transaction is none."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Hotel:
    """The ledger in one database, as one process sees it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sessions = db.session_source(engine)
        self.unit: Session | None = None  # the open unit of work, when there is one

    def do(self, verb: Callable[..., T], *facts: Any, **more: Any) -> T:
        """Runs one rule in a unit of work of its own, or in the one that is open."""
        if self.unit is not None:
            return verb(self.unit, *facts, **more)
        with db.unit_of_work(self.sessions) as session:
            return verb(session, *facts, **more)

    @contextmanager
    def one_unit(self) -> Iterator[Session]:
        """What is done meanwhile is done in one unit of work."""
        with db.unit_of_work(self.sessions) as session:
            self.unit = session
            try:
                yield session
            finally:
                self.unit = None

    def set_up(self) -> None:
        with db.unit_of_work(self.sessions) as session:
            ledger.create_ledger(session, currency="EUR", first_date=FIRST_DAY, operator=CASHIER)
            new = [NewFolio("control", number, number) for number in CONTROL]
            new += [NewFolio("permanent", number, number) for number in CARDS]
            ids = {folio.number: folio.id for folio in folios.open_folios(session, new, CASHIER)}

            def add(code: str, kind: str, department: str, folio: str | None = None, **more: Any) -> None:
                folio_id = None if folio is None else ids[folio]
                facts = {"code": code, "name": code.title(), "kind": kind, "department": department}
                codes.add_code(session, **facts, operator=CASHIER, folio_id=folio_id, **more)

            add("ROOM", "charge", "Rooms", "ROOM")
            add("FOOD", "charge", "Food and beverage", "RESTAURANT")
            add("WATER", "charge", "Food and beverage", "RESTAURANT", price_minor=350)
            add("CANCEL", "charge", "Rooms", "CANCELLATION")
            add("CASH", "payment", "Payments", tender="cash")
            add("VISA", "payment", "Payments", "VISA", tender="card")
            add("MC", "payment", "Payments", "MASTERCARD", tender="card")
            add("BILL", "payment", "Payments", tender="direct_bill")
            add("PAIDOUT", "paid_out", "Paid-outs", "HOUSE")
            add("OPENING", "opening", "Opening balances", "BEFORE")

    # --- setting up -----------------------------------------------------------------------------------------

    def open(self, type: str = "individual", **facts: Any) -> int:
        """The id of a new folio."""
        facts = {"name": "Guest, Mr.", "operator": CASHIER} | facts
        return self.do(lambda session: folios.open_folio(session, type=type, **facts).id)

    def id(self, folio: int | str) -> int:
        if isinstance(folio, int):
            return folio
        return self.do(lambda session: folios.find_folio(session, folio).id)

    def folio(self, folio: int | str) -> Folio:
        return self.do(folios.get_folio, self.id(folio))

    def tax(self, code: str, rate: str | None, *on: str, control: str = "VAT", kind: str = "tax", **how: Any) -> None:
        """Adds a tax with a percentage from the first day on (None: no rate yet), levied on codes after what they
        already generate."""
        how = {"basis": "percent", "inclusive": False, "stacked": False} | how
        folio_id = self.id(control)

        def add(session: Session) -> None:
            codes.add_code(
                session, code=code, name=code, kind=kind, department="Taxes", operator=CASHIER, folio_id=folio_id
            )
            codes.add_tax(session, code=code, operator=CASHIER, **how)
            if rate is not None:
                codes.set_rate(session, code, FIRST_DAY, rate_ppm=int(Fraction(rate) * 10_000), operator=CASHIER)
            generated = codes.catalogue(session).codes
            for each in on:
                codes.set_taxes(session, each, [*generated[each].taxes, code], CASHIER)

        self.do(add)

    def city_tax(self, figure: str, *on: str) -> None:
        """Adds a tax per person and night."""
        self.tax("CITY", None, *on, control="CITYTAX", basis="person_night")
        self.do(codes.set_rate, "CITY", FIRST_DAY, amount_minor=euro(figure).minor, operator=CASHIER)

    # --- posting --------------------------------------------------------------------------------------------

    def charge(self, folio: int | str, *lines: ChargeLine, key: str | None = None, **facts: Any) -> Posted:
        return self.do(charges.charge, Charge(self.id(folio), lines, **facts), origin(key))

    def pay(
        self,
        folio: int | str,
        amount: str,
        code: str = "CASH",
        tender: int | str | None = None,
        key: str | None = None,
        **facts: Any,
    ) -> Posted:
        """A payment; of cash into the first drawer, unless another is named."""
        return self.do(payments.pay, self.payment(folio, amount, code, tender, **facts), origin(key))

    def refund(
        self,
        folio: int | str,
        amount: str,
        code: str = "CASH",
        tender: int | str | None = None,
        key: str | None = None,
        reason: str = "paid too much",
        of: int | None = None,
    ) -> Posted:
        return self.do(payments.refund, self.payment(folio, amount, code, tender), origin(key), reason, of)

    def payment(
        self, folio: int | str, amount: str, code: str = "CASH", tender: int | str | None = None, **facts: Any
    ) -> Payment:
        if tender is None and code == "CASH":
            tender = "DRAWER"
        tender_id = None if tender is None else self.id(tender)
        return Payment(self.id(folio), code, euro(amount), tender_id, **facts)

    def pay_out(self, amount: str, folio: int | str | None = None, key: str | None = None, **facts: Any) -> Posted:
        """A paid-out from the first drawer, for a guest's folio or for the house."""
        facts = {"code": "PAIDOUT", "drawer_folio_id": self.id("DRAWER")} | facts
        folio_id = None if folio is None else self.id(folio)
        return self.do(payments.pay_out, PaidOut(amount=euro(amount), folio_id=folio_id, **facts), origin(key))

    def bring_forward(self, folio: int | str, balance: str, key: str | None = None) -> Posted:
        return self.do(payments.bring_forward, self.id(folio), euro(balance), origin(key))

    def transfer(
        self, folio: int, to: int | str, *postings: int | tuple[int, int], key: str | None = None, **facts: Any
    ) -> Posted:
        return self.do(transfers.transfer, folio, self.id(to), postings, origin(key), **facts)

    def transfer_all(self, folio: int, to: int | str, key: str | None = None, **facts: Any) -> Posted:
        return self.do(transfers.transfer_all, folio, self.id(to), origin(key), **facts)

    def split(self, folio: int, posting: int, *parts: tuple[int, int], key: str | None = None, **facts: Any) -> Posted:
        return self.do(transfers.split, folio, posting, parts, origin(key), **facts)

    def correct(self, folio: int | str, voucher: int, *postings: Any, key: str | None = None, **facts: Any) -> Posted:
        """A correction of a voucher, or of postings chosen from it."""
        facts = {"reason": "mistyped", "postings": postings or None} | facts
        return self.do(corrections.correct, self.id(folio), voucher, origin(key), **facts)

    def allow(self, folio: int | str, voucher: int, *postings: Any, key: str | None = None, **facts: Any) -> Posted:
        facts = {"reason": "cold soup", "postings": postings or None} | facts
        return self.do(corrections.allow, self.id(folio), voucher, origin(key), **facts)

    def roll(self) -> date:
        """The business date that is open afterwards."""
        return self.do(business_day.roll, "auditor")[1]

    def end_day(self) -> date:
        """Rolls the open day and closes it; returns the day that is open afterwards."""
        left, opened = self.do(business_day.roll, "auditor")
        self.do(business_day.close_day, left, "auditor")
        return opened

    # --- looking --------------------------------------------------------------------------------------------

    def rows(self, table: type[T], **where: Any) -> list[T]:
        """The rows of a table as objects, in the order of their keys."""
        key = sa.inspect(table).primary_key
        with db.reading(self.sessions) as session:
            found = list(session.scalars(sa.select(table).filter_by(**where).order_by(*key)))
            session.expunge_all()
            return found

    def voucher(self, voucher_id: int) -> Voucher:
        (found,) = self.rows(Voucher, id=voucher_id)
        return found

    def postings(self, voucher_id: int) -> list[Posting]:
        return sorted(self.rows(Posting, voucher_id=voucher_id), key=lambda posting: posting.line)

    def posting(self, voucher_id: int, line: int = 1) -> int:
        """The id of a voucher's line."""
        return self.postings(voucher_id)[line - 1].id

    def entries(self, voucher_id: int) -> list[tuple[str, str, str, str]]:
        """A voucher as the books print it: debit, credit, amount, code of each line."""
        numbers = {folio.id: folio.number for folio in self.rows(Folio)}
        return [
            (numbers[each.debit_folio_id], numbers[each.credit_folio_id], figure(each.amount_minor), each.code)
            for each in self.postings(voucher_id)
        ]

    def balances(self) -> dict[str, str]:
        """Debits less credits of every folio by number, added up from the postings; folios at zero are left out."""
        numbers = {folio.id: folio.number for folio in self.rows(Folio)}
        totals = dict.fromkeys(numbers, 0)
        for posting in self.rows(Posting):
            totals[posting.debit_folio_id] += posting.amount_minor
            totals[posting.credit_folio_id] -= posting.amount_minor
        return {numbers[folio_id]: figure(total) for folio_id, total in totals.items() if total}

    def balance(self, folio: int | str) -> str:
        """One folio's balance, from its postings."""
        return self.balances().get(self.folio(folio).number, "0.00")

    def actions(self, after: int = 0) -> list[str]:
        """What the audit trail tells, event by event, after the first `after`."""
        return [each.action for each in self.rows(Event)][after:]

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that is written in the ledger."""
        with db.reading(self.sessions) as session:
            return {
                table.__tablename__: sorted(map(tuple, session.execute(sa.select(table.__table__))), key=repr)
                for table in WRITTEN
            }

    # --- checking -------------------------------------------------------------------------------------------

    @contextmanager
    def refuses(self, refusal: type[Refusal]) -> Iterator[pytest.ExceptionInfo[Refusal]]:
        """What happens meanwhile is refused by this name, with a sentence to show, and leaves nothing behind."""
        before = self.contents()
        with pytest.raises(refusal) as caught:
            yield caught
        assert type(caught.value) is refusal
        assert "{" not in caught.value.text()
        assert self.contents() == before

    def prove(self) -> None:
        """What is always true of the books."""
        accounts = [folio for folio in self.rows(Folio) if folio.type != "control"]
        with db.reading(self.sessions) as session:
            standing = standing_lines(session, [folio.id for folio in accounts])
            taken_too_much = session.execute(sa.text(TAKEN_TOO_MUCH)).all()
        balances = self.balances()
        for folio in accounts:
            stands = sum(each.left_minor * (1 if each.side == "debit" else -1) for each in standing[folio.id])
            assert figure(folio.balance_minor) == balances.get(folio.number, "0.00"), "the stored balance is right"
            assert folio.balance_minor == stands, "what stands on a folio is its balance"
        assert taken_too_much == [], "no value is moved or taken back twice"
        days = {voucher.id: voucher.business_date for voucher in self.rows(Voucher)}
        assert all(each.business_date == days[each.voucher_id] for each in self.rows(Posting))
        told = [each.after["voucher"] for each in self.rows(Event) if each.action in ACTIONS.values() and each.after]
        assert sorted(told) == sorted(days), "one event for each voucher"


TAKEN_TOO_MUCH = """
    SELECT source.id, sides.side FROM posting AS source
    CROSS JOIN (SELECT 'debit' AS side UNION ALL SELECT 'credit') AS sides
    JOIN posting AS taker ON taker.source_posting_id = source.id AND taker.source_side IN (sides.side, 'both')
    GROUP BY source.id, source.amount_minor, sides.side HAVING sum(taker.amount_minor) > source.amount_minor
"""
