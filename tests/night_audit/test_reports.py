"""Every report on days that dice have drawn: each total ties to the ledger, each figure to what it opens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.db import reading
from folios.models import Folio, Posting, TransactionCode, Voucher
from night_audit.reports import addresses, making, pack
from night_audit.reports.catalogue import REPORTS, ReportUnknown, report
from night_audit.reports.drilled_postings import postings
from night_audit.reports.drilled_stays import stays
from night_audit.reports.drilling import read_address
from night_audit.reports.making import Content, ReportDayInvalid
from tests.frontoffice.house import House, day
from tests.night_audit.random_days import Days

DAYS = 4
STATISTICS = {"inventory", "long_out", "out_of_order", "sold", "complimentary", "house_use", "guests"}
STATISTICS |= {"available", "arrivals", "walk_ins", "departures", "no_shows", "cancellations"}
AS_OF = (
    "trial-balance",
    "guest-ledger",
    "city-ledger",
    "deposit-ledger",
    "aging",
    "departmental-revenue",
    "tax-by-rate",
)
AS_OF += ("journal-by-cashier", "journal-by-code", "journal-by-outlet", "corrections", "cashier-over-short")


class Read:
    """The reports of one day, made from one snapshot."""

    def __init__(self, session: Session, on: date) -> None:
        asked = making.ask(session, on)
        self.contents = {name: making.make(session, each, asked) for name, each in REPORTS.items()}

    def part(self, name: str, number: int = 0) -> Content:
        found: Content = self.contents[name]["parts"][number]
        return found

    def rows(self, name: str, number: int = 0, style: str = "line") -> Iterator[dict[str, Any]]:
        part = self.part(name, number)
        for row in part["rows"]:
            if row["style"] == style:
                yield dict(zip((each["name"] for each in part["columns"]), row["values"], strict=True))

    def total(self, name: str, column: str, number: int = 0) -> int:
        """What the last line of a part says; nothing where it has no line."""
        return next((int(row[column]) for row in self.rows(name, number, "total")), 0)

    def ledger(self, *ledgers: str, column: str = "closing") -> int:
        return sum(row[column] for row in self.rows("trial-balance") if row["ledger"].split()[0] in ledgers)


@pytest.fixture(params=[1, 2])
def passed(request: pytest.FixtureRequest, house: House) -> tuple[House, list[date]]:
    days = Days(house, request.param).pass_by(DAYS)
    return house, days


def reports_of(house: House, days: list[date]) -> Iterator[tuple[Session, date, Read]]:
    with reading(house.sessions) as session:
        for each in days:
            yield session, each, Read(session, each)


def test_on_any_days_every_total_ties_to_the_ledger(passed: tuple[House, list[date]]) -> None:
    house, days = passed
    before: Read | None = None
    taken_back = 0
    for session, on, read in reports_of(house, days):
        balance_sums(read, before)
        details_tie(read)
        identities(session, on, read)
        taken_back += len(list(read.rows("corrections")))
        before = read
    assert taken_back > 1, "the dice took nothing back"


def balance_sums(read: Read, before: Read | None) -> None:
    for column, expected in (("closing", 0), ("opening", 0)):
        assert read.total("trial-balance", column) == expected
    assert read.total("trial-balance", "debits") == read.total("trial-balance", "credits")
    for row in read.rows("trial-balance"):
        assert row["opening"] + row["debits"] - row["credits"] == row["closing"]
    if before is not None:
        yesterday = {(row["ledger"], row["type"]): row["closing"] for row in before.rows("trial-balance")}
        today = {(row["ledger"], row["type"]): row["opening"] for row in read.rows("trial-balance")}
        assert {key: minor for key, minor in today.items() if minor} == {k: m for k, m in yesterday.items() if m}


def details_tie(read: Read) -> None:
    for name, ledger in (("guest-ledger", "Guest"), ("city-ledger", "City"), ("deposit-ledger", "Deposit")):
        for column in ("opening", "debits", "credits", "closing"):
            assert read.total(name, column) == read.ledger(ledger, column=column), (name, column)
    assert read.total("trial-balance", "closing", 1) == read.ledger("Control")
    assert read.total("aging", "balance") == read.ledger("City")
    for row in read.rows("aging"):
        assert sum(row[f"bucket_{number}"] for number in range(5)) + row["unapplied"] == row["balance"]
    for by in ("cashier", "code", "outlet"):
        for number in (0, 1):
            assert read.total(f"journal-by-{by}", "amount", number) == read.total("trial-balance", "debits")


def identities(session: Session, on: date, read: Read) -> None:
    """Worked example 21: revenue and taxes - paid-outs - cash received - what more is owed = 0."""
    control = {row["use"]: 0 for row in read.rows("trial-balance", 1)}
    for row in read.rows("trial-balance", 1):
        control[row["use"]] += row["credits"] - row["debits"]
    revenue, taxes = read.total("departmental-revenue", "day"), read.total("tax-by-rate", "tax")
    assert revenue == control.get("revenue", 0)
    assert taxes == control.get("tax", 0)
    assert control.get("other", 0) == control.get("opening balances", 0) == 0
    owed = read.ledger("Guest", "City", "Deposit") - read.ledger("Guest", "City", "Deposit", column="opening")
    assert revenue + taxes + control.get("paid-outs", 0) + control.get("cash", 0) - owed == 0
    manager = {row["figure"]: row for row in read.rows("manager")}
    assert manager["Total operated revenue"]["day"] == revenue
    for period in ("month", "year"):
        assert manager["Total operated revenue"][period] == read.total("departmental-revenue", period)
        assert read.total("departmental-revenue", period) == earned(session, day(0), on)
    taken = read.total("departmental-revenue", "posted") + read.total("departmental-revenue", "taken")
    assert taken == revenue
    assert sum(row["difference"] for row in read.rows("cashier-over-short")) == over_short(session, on)


def earned(session: Session, first: date, last: date) -> int:
    """The revenue of a period, worked out by another way: charges less what was taken back off them."""
    control = sa.select(Folio.id).where(Folio.type == "control")
    sums = [
        session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_minor), 0))
            .join(TransactionCode, TransactionCode.code == Posting.code)
            .where(TransactionCode.kind == "charge", side.in_(control), Posting.business_date.between(first, last))
        )
        for side in (Posting.credit_folio_id, Posting.debit_folio_id)
    ]
    return int(sums[0] or 0) - int(sums[1] or 0)


def over_short(session: Session, on: date) -> int:
    places = dict(session.execute(sa.select(Folio.number, Folio.id).where(Folio.number.in_(("OVER", "SHORT")))).all())
    found = session.execute(
        sa.select(Posting.debit_folio_id, Posting.credit_folio_id, Posting.amount_minor)
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .where(Posting.business_date == on, Voucher.sender == "shift")
    )
    signs = [(minor, debit, credit) for debit, credit, minor in found]
    return sum(minor for minor, _debit, credit in signs if credit == places["OVER"]) - sum(
        minor for minor, debit, _credit in signs if debit == places["SHORT"]
    )


def test_every_figure_opens_what_it_was_made_from_and_the_sum_is_the_figure(passed: tuple[House, list[date]]) -> None:
    house, days = passed
    looked_at = 0
    for session, _on, read in reports_of(house, days[-2:]):
        for name, content in read.contents.items():
            for part in content["parts"]:
                for row in part["rows"]:
                    looked_at += opens(session, name, part, row)
    assert looked_at > 100


def opens(session: Session, name: str, part: Content, row: Content) -> int:
    """Follows every figure of a row to postings or stays and compares; returns how many were compared."""
    values = dict(zip((each["name"] for each in part["columns"]), row["values"], strict=True))
    kinds = {each["name"]: row.get("kind") if each["kind"] == "figure" else each["kind"] for each in part["columns"]}
    compared = 0
    for column, address in row.get("opens", {}).items():
        where = (name, column, values, address)
        path, query = urlsplit(address).path, dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
        asked = read_address(address)
        if asked is not None:
            found = postings(session, [asked])
            if kinds[column] == "money" and not is_derived(name, values, column):
                assert abs(found.total) == abs(values[column]), where
                compared += 1
        elif path == addresses.STAYS:
            shown = stays(session, query["of"], *(date.fromisoformat(query[each]) for each in ("first", "last")))
            if row.get("kind") == "count" and query["of"] in STATISTICS and "figure" not in query:
                assert shown.total == values[column], where
                compared += 1
    return compared


def is_derived(name: str, values: dict[str, Any], column: str) -> bool:
    """Figures that are worked out of what they open, and not its sum."""
    worked_out = {
        "high-balance": ("over",),  # the balance less the limit
        "outlet-reconciliation": ("till", "difference"),  # what the till said, and that less the books
        "cashier-over-short": ("expected",),  # what came through the drawer, and what lay in it before
    }
    return column in worked_out.get(name, ()) or values.get("section") == "Key figures"


def test_reports_of_days_gone_by_say_what_they_said_when_the_day_was_sealed(house: House) -> None:
    days = Days(house, 5)
    passed = days.pass_by(2)
    packs = {each: pack.store(house.sessions, each, "auditor").reports for each in passed[:-1]}
    with reading(house.sessions) as session:
        for on, stored in packs.items():
            asked = making.ask(session, on)
            for name in AS_OF:
                assert making.canonical(making.make(session, report(name), asked)) == stored[name], (name, on)


def test_a_report_of_no_name_or_of_a_day_that_has_not_come_is_refused(house: House) -> None:
    with house.refuses(ReportUnknown):
        house.do(pack.said, "profit", day(0))
    for wrong in (day(1), day(0) - timedelta(days=1)):
        with house.refuses(ReportDayInvalid):
            house.do(pack.said, "manager", wrong)


def test_an_empty_house_has_every_report_and_each_says_that_nothing_is_there(house: House) -> None:
    house.end_day()
    kept = pack.store(house.sessions, day(0), "auditor")
    assert kept.failed == {}
    assert set(kept.reports) == set(REPORTS)
    assert all(part["empty"] for each in kept.reports.values() for part in making.read(each)["parts"])
