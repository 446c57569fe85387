"""The proof of the books: it holds for good books, and each damage done behind its back is named by its identity.

The damage is done the way a bad hand or a bad disk would do it: by SQL, with the database's own guards taken away.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import Engine

from folios import db, verify
from folios.db import database_url, reading, session_source
from folios.money import MOST_MINOR
from folios.verify import Checked, Difference
from tests.conftest import PostgresDatabases, opened
from tests.folios.four_days import keep_books
from tests.folios.hotel import Hotel, sold, statements

SOURCE = Path(verify.__file__).read_text("utf-8")
OWN = [name for name in verify._identities if f'N_("{name}")' in SOURCE]  # the floors above register theirs, too
TABLES = ("business_day", "folio", "voucher", "posting", "closing_balance", "ledger_closing", "event")


@dataclass(frozen=True)
class Books:
    """A copy of the four days' books that may be damaged. `ids` tell vouchers, lines and folios by name."""

    url: str
    ids: dict[str, int]

    def damage(self, *statements: str) -> None:
        """Runs SQL with triggers, foreign keys and checks out of the way; `{name}` stands for an id."""
        told = [statement.format(**self.ids) for statement in statements]
        if self.url.startswith("sqlite"):
            _on_sqlite(self.url.removeprefix("sqlite:///"), told)
        else:
            _on_postgresql(database_url(self.url).set(drivername="postgresql").render_as_string(False), told)

    def checked(self) -> list[Checked]:
        """The ledger's own identities, worked out."""
        with opened(self.url) as engine, reading(session_source(engine)) as session:
            return [each for each in verify.run(session) if each.name in OWN]

    def off(self) -> dict[str, tuple[Difference, ...]]:
        return {each.name: each.differences for each in self.checked() if each.differences}


def _on_sqlite(path: str, statements: list[str]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, f"damaged nothing: {statement}"
    finally:
        connection.close()


def _on_postgresql(address: str, statements: list[str]) -> None:
    guards = (
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint "
        "WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        for (drop,) in connection.execute(guards).fetchall():
            connection.execute(drop)
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, f"damaged nothing: {statement}"


# The books are written once on each database, and copied for each damage.


@pytest.fixture(scope="module")
def sqlite_books(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    path = tmp_path_factory.mktemp("books") / "hotel.db"
    shutil.copyfile(sqlite_template, path)
    with opened(f"sqlite:///{path}") as engine:
        return path, keep_books(engine)


@pytest.fixture(scope="module")
def postgres_books(postgres: PostgresDatabases, postgres_template: str) -> Iterator[tuple[str, dict[str, int]]]:
    with postgres.fresh(postgres_template) as url:
        with opened(url) as engine:
            ids = keep_books(engine)
        yield str(db.database_url(url).database), ids


@pytest.fixture
def books(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[Books]:
    if database_kind == "sqlite":
        path, ids = request.getfixturevalue("sqlite_books")
        shutil.copyfile(path, tmp_path / "hotel.db")
        yield Books(f"sqlite:///{tmp_path / 'hotel.db'}", ids)
    else:
        template, ids = request.getfixturevalue("postgres_books")
        with request.getfixturevalue("postgres").fresh(template) as url:
            yield Books(url, ids)


# --- one damage for each identity -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Damage:
    """What is done to the books, and the difference that the identity named must tell; `also` are others that may."""

    done: str
    names: str
    statements: tuple[str, ...]
    where: str
    expected: str
    found: str
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.done


ON_FOLIOS = "each posting stands on a voucher and on two folios, all of one day and one currency"
HAS_POSTINGS = "each voucher has postings, and a business day to count for"
IN_BALANCE = "the folios' debits equal the folios' credits, per day and currency"
STORED = "a stored balance equals the sum of the folio's postings"
CLOSED_AT_ZERO = "a closed folio stands at zero"
CLOSINGS = "each folio's closing balance is its opening, plus the day's debits, less its credits"
OPENINGS = "each folio opens a day with what it closed the last one with"
LEDGERS = "each ledger's closing is that of its folios, and its next opening"
AT_ZERO = "all ledgers together close at zero, per day and currency"
OWED = "what guests and the city owe changes by charges, less payments and what was taken back"
CONTROL = "a charge's control folio is its code's, line by line"
TENDER = "a payment, a paid-out and an opening balance stand on their tender, a drawer or their code's folio"
NOT_TWICE = "nothing is moved on or taken back that was not there"
TRACED = "what is moved on or taken back leaves the folio it stood on, and is traced to its beginning"
REASONS = "a transfer, a correction and an allowance say what they take, and a correction or allowance why"
SAME_DAY = "a correction belongs to the day of what it corrects"
ALL_DAYS = "each closed day since the first that was closed with a balance has its ledgers' closings"
DAYS = "one business day is open, the one before it closed or being audited, all others closed"
EVENTS = "each voucher stands in the audit trail once, with its day, its kind and what it moves"
TOLD_OF = "a voucher's event names the folio that each of its postings stands on"
CLOSED_TOO = "each ledger whose folios closed a day closed it too"
GAPS = "business days follow each other without a gap"

ADD = "UPDATE folio SET balance_minor = balance_minor + {amount} WHERE number = '{folio}'"


def add(folio: str, amount: int) -> str:
    return ADD.format(folio=folio, amount=amount)


DAMAGES = (
    Damage(
        "a voucher's currency changed",
        ON_FOLIOS,
        ("UPDATE voucher SET currency = 'USD' WHERE id = {in_cash}",),
        "posting {in_cash_line} of voucher {in_cash}",
        "USD 2026-03-04",
        "EUR/EUR 2026-03-04",
    ),
    Damage(
        "a voucher without a line",
        HAS_POSTINGS,
        (
            "INSERT INTO voucher (id, kind, business_date, written_at, currency, operator) "
            "VALUES (9001, 'charge', '2026-03-04', '2026-03-04 10:00:00', 'EUR', 'cashier')",
            "INSERT INTO event (id, at, business_date, operator, action, subject, after) VALUES (9001, "
            "'2026-03-04 10:00:00', '2026-03-04', 'cashier', 'folio.charge.posted', 'folio:{GUEST}', "
            '\'{{"voucher": 9001, "total_minor": 0}}\')',
        ),
        "voucher 9001",
        "at least one posting, a known day",
        "0 postings, 2026-03-04",
        also=(EVENTS,),
    ),
    # Both sides of a posting are one number: debits can only differ from credits when the folios' currencies do.
    Damage(
        "a folio's currency changed",
        IN_BALANCE,
        ("UPDATE folio SET currency = 'USD' WHERE number = 'STAFF'",),
        "day 2026-03-04 EUR",
        "14550",
        "18750",
        also=(ON_FOLIOS,),
    ),
    Damage(
        "a stored balance changed",
        STORED,
        (add("GUEST", 100),),
        "folio GUEST",
        "-11750",
        "-11650",
    ),
    Damage(
        "a folio with a balance closed",
        CLOSED_AT_ZERO,
        ("UPDATE folio SET status = 'closed' WHERE number = 'ACME'",),
        "folio ACME",
        "0",
        "10700",
    ),
    Damage(
        "a closing balance's movements changed, and its ledger's with them",
        CLOSINGS,
        (
            "UPDATE closing_balance SET debits_minor = debits_minor + 100, credits_minor = credits_minor + 100 "
            "WHERE folio_id = {GUEST} AND business_date = '2026-03-01'",
            "UPDATE ledger_closing SET debits_minor = debits_minor + 100, credits_minor = credits_minor + 100 "
            "WHERE type = 'individual' AND ledger = 'guest' AND business_date = '2026-03-01'",
        ),
        "folio GUEST on 2026-03-01",
        "0 + 25100 - 10200",
        "25200 - 10300 -> 14900",
    ),
    Damage(
        "a folio's opening and closing balances changed",
        OPENINGS,
        (
            "UPDATE closing_balance SET opening_minor = opening_minor + 100, closing_minor = closing_minor + 100 "
            "WHERE folio_id = {GUEST} AND business_date = '2026-03-03'",
        ),
        "folio GUEST on 2026-03-03",
        "-9700",
        "-9600",
    ),
    Damage(
        "a ledger's movements changed",
        LEDGERS,
        (
            "UPDATE ledger_closing SET debits_minor = debits_minor + 100, credits_minor = credits_minor + 100 "
            "WHERE type = 'semi_permanent' AND business_date = '2026-03-02'",
        ),
        "ledger city (semi_permanent) on 2026-03-02",
        "0 + 10700 - 0",
        "0 + 10800 - 100 -> 10700",
    ),
    Damage(
        "the last closing of the control ledger lost",
        AT_ZERO,
        ("DELETE FROM ledger_closing WHERE ledger = 'control' AND business_date = '2026-03-03'",),
        "day 2026-03-03 EUR",
        "0",
        "23200",
        also=(CLOSED_TOO,),
    ),
    Damage(
        "the closings of all ledgers lost",
        OWED,
        ("DELETE FROM ledger_closing",),
        "day 2026-03-01 EUR",
        "19900",
        "0",
        also=(CLOSED_TOO,),
    ),
    Damage(
        "the control folios of a charge's line swapped",
        CONTROL,
        ("UPDATE posting SET credit_folio_id = {ROOM} WHERE id = {supper_line}",),
        "posting {supper_line} of voucher {supper}, code FOOD",
        "RESTAURANT",
        "ROOM",
    ),
    Damage(
        "a card payment put to another card company",
        TENDER,
        (
            "UPDATE posting SET debit_folio_id = {MASTERCARD} WHERE id = {by_card_line}",
            add("VISA", -2500),
            add("MASTERCARD", 2500),
        ),
        "posting {by_card_line} of voucher {by_card}, code VISA",
        "payment card VISA",
        "MASTERCARD / GUEST",
    ),
    Damage(
        "more moved on than there was",
        NOT_TWICE,
        (
            "UPDATE posting SET amount_minor = amount_minor + 10000 WHERE id = {moved_line}",
            add("STAFF", 10000),
            add("GUEST", -10000),
            'UPDATE event SET after = \'{{"voucher": {moved}, "total_minor": 13300}}\' '
            "WHERE action = 'folio.line.transferred' AND business_date = '2026-03-04'",
        ),
        "posting {supper_line} of voucher {supper}",
        "6000",
        "13000",
    ),
    Damage(
        "a moved line said to begin elsewhere",
        TRACED,
        ("UPDATE posting SET origin_posting_id = {lunch_line} WHERE id = {moved_line}",),
        "posting {moved_line} of voucher {moved}",
        "from posting {supper_line}",
        "origin {lunch_line}",
    ),
    Damage(
        "the reason of an allowance lost",
        REASONS,
        ("UPDATE voucher SET reason = NULL WHERE id = {allowed}",),
        "voucher {allowed} (allowance)",
        "taken from voucher {lunch}",
        "no reason, posting {allowed_line} from voucher {lunch}",
    ),
    Damage(
        "an allowance on a day that is over called a correction",
        SAME_DAY,
        ("UPDATE voucher SET kind = 'correction' WHERE id = {allowed}",),
        "voucher {allowed}, posting {allowed_line}",
        "2026-03-02",
        "2026-03-04",
        also=(EVENTS,),
    ),
    Damage(
        "the closings of all ledgers lost for a day on which nothing came in or went out",
        ALL_DAYS,
        ("DELETE FROM ledger_closing WHERE business_date = '2026-03-03'",),
        "day 2026-03-03",
        "closings of the ledgers",
        "none",
        also=(CLOSED_TOO,),
    ),
    Damage(
        "the open day said to be audited",
        DAYS,
        ("UPDATE business_day SET status = 'auditing' WHERE business_date = '2026-03-04'",),
        "day 2026-03-04",
        "open",
        "auditing",
    ),
    Damage(
        "a voucher's event lost",
        EVENTS,
        ("DELETE FROM event WHERE action = 'folio.paid_out.posted' AND business_date = '2026-03-04'",),
        "voucher {for_the_house} (paid_out) of 2026-03-04",
        "0 event of 0",
        "1 voucher of 700",
    ),
    Damage(
        "an event said to be about another folio",
        TOLD_OF,
        (
            "UPDATE event SET subject = 'folio:{GUEST}' "
            "WHERE action = 'folio.opening.posted' AND business_date = '2026-03-04'",
        ),
        "posting {brought_line} of voucher {brought}",
        "folio:{GUEST}",
        "folio:{STAFF}, folio:{BEFORE}",
    ),
    Damage(
        "the closing of one ledger lost",
        CLOSED_TOO,
        ("DELETE FROM ledger_closing WHERE type = 'semi_permanent' AND business_date = '2026-03-02'",),
        "ledger city (semi_permanent) on 2026-03-02",
        "a closing",
        "none",
        also=(AT_ZERO, OWED, LEDGERS),
    ),
    Damage(
        "a business day put in long before the others",
        GAPS,
        (
            "INSERT INTO business_day (business_date, status, opened_at) "
            "VALUES ('2026-02-20', 'closed', '2026-02-20 00:00:00')",
        ),
        "day 2026-02-20",
        "the next day",
        "2026-03-01",
    ),
)


def test_the_books_of_four_days_hold_every_identity(books: Books) -> None:
    assert books.off() == {}
    assert {each.name for each in books.checked()} == set(OWN)


def test_there_is_a_damage_for_every_identity_of_the_ledger() -> None:
    registered = len(re.findall(r"^(?:holds|@identity)\(", SOURCE, re.MULTILINE))

    assert {damage.names for damage in DAMAGES} == set(OWN)
    assert len(OWN) == registered, "each was recognised by its name"


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_a_damage_is_named_by_its_identity_and_by_no_other(books: Books, damage: Damage) -> None:
    books.damage(*damage.statements)

    off = books.off()

    assert {damage.names} <= set(off) <= {damage.names, *damage.also}
    told = [tuple(map(str, (each.where, each.expected, each.found))) for each in off[damage.names]]
    assert tuple(each.format(**books.ids) for each in (damage.where, damage.expected, damage.found)) in told


# --- damage as it happens -------------------------------------------------------------------------------------

CLOSED_DAYS = (
    "UPDATE closing_balance SET {side} = {side} + 100, closing_minor = closing_minor {sign} 100 "
    "WHERE folio_id = {folio} AND business_date = '{day}'",
    "UPDATE closing_balance SET opening_minor = opening_minor {sign} 100, closing_minor = closing_minor {sign} 100 "
    "WHERE folio_id = {folio} AND business_date > '{day}'",
    "UPDATE ledger_closing SET {side} = {side} + 100, closing_minor = closing_minor {sign} 100 "
    "WHERE type = '{type}' AND ledger = '{ledger}' AND business_date = '{day}'",
    "UPDATE ledger_closing SET opening_minor = opening_minor {sign} 100, closing_minor = closing_minor {sign} 100 "
    "WHERE type = '{type}' AND ledger = '{ledger}' AND business_date > '{day}'",
)


def closings(side: str, folio: str, type: str, ledger: str) -> list[str]:
    """Adds 1.00 to one side of a folio on the first day, and rolls it forward through all closings."""
    told = {"side": f"{side}s_minor", "sign": "+" if side == "debit" else "-", "folio": f"{{{folio}}}"}
    return [each.format(**told, day="2026-03-01", type=type, ledger=ledger) for each in CLOSED_DAYS]


# Each keeps the stored balances in step, as somebody would who knows the tables.
UNNOTICED_BY_BALANCES: dict[str, list[str]] = {
    "an amount changed on the open day": [
        "UPDATE posting SET amount_minor = amount_minor + 100 WHERE id = {supper_line}",
        add("GUEST", 100),
    ],
    "an amount changed on a closed day, and all closings since": [
        "UPDATE posting SET amount_minor = amount_minor + 100 WHERE id = {dinner_line}",
        add("GUEST", 100),
        *closings("debit", "GUEST", "individual", "guest"),
        *closings("credit", "RESTAURANT", "control", "control"),
    ],
    "a voucher and its lines deleted on the open day": [
        "DELETE FROM posting WHERE voucher_id = {in_cash}",
        "DELETE FROM voucher WHERE id = {in_cash}",
        add("GUEST", 1500),
    ],
    "a line of a voucher deleted on the open day": [
        "DELETE FROM posting WHERE voucher_id = {supper} AND code = 'WATER'",
        add("GUEST", -350),
    ],
    "a voucher moved from the open day into a closed one": [
        "UPDATE posting SET business_date = '2026-03-03' WHERE voucher_id = {in_cash}",
        "UPDATE voucher SET business_date = '2026-03-03' WHERE id = {in_cash}",
    ],
    "a voucher moved from a closed day into the open one": [
        "UPDATE posting SET business_date = '2026-03-04' WHERE voucher_id = {dinner}",
        "UPDATE voucher SET business_date = '2026-03-04' WHERE id = {dinner}",
    ],
    "a line put on another guest's folio": [
        "UPDATE posting SET debit_folio_id = {STAFF} WHERE voucher_id = {wrong}",
        "UPDATE posting SET credit_folio_id = {STAFF} WHERE voucher_id = {corrected}",
    ],
    "the control folio of a correction swapped": [
        "UPDATE posting SET debit_folio_id = {ROOM} WHERE voucher_id = {corrected}",
    ],
    "the cash of a payment put on a revenue's control folio": [
        "UPDATE posting SET debit_folio_id = {RESTAURANT} WHERE id = {in_cash_line}",
    ],
    "the cost of a house paid-out put on a revenue's control folio": [
        "UPDATE posting SET debit_folio_id = {RESTAURANT} WHERE id = {for_the_house_line}",
    ],
    "a house paid-out taken from a card company instead of a drawer": [
        "UPDATE posting SET credit_folio_id = {VISA} WHERE id = {for_the_house_line}",
        add("VISA", -700),
    ],
    "an opening balance's other side put on a revenue's control folio": [
        "UPDATE posting SET credit_folio_id = {RESTAURANT} WHERE id = {brought_line}",
    ],
    "a transfer cut off from where its value came from": [
        "UPDATE posting SET source_posting_id = NULL, source_side = NULL, origin_posting_id = NULL "
        "WHERE voucher_id = {moved}",
    ],
    "an allowance cut off from what it takes back": [
        "UPDATE posting SET source_posting_id = NULL, source_side = NULL, origin_posting_id = NULL "
        "WHERE voucher_id = {allowed}",
    ],
    "an allowance said to be for another voucher": [
        "UPDATE voucher SET corrects_voucher_id = {supper} WHERE id = {allowed}",
    ],
    "one voucher's event lost and another's told twice": [
        "UPDATE event SET after = (SELECT e.after FROM event e WHERE e.action = 'folio.paid_out.posted' "
        "AND e.business_date = '2026-03-04') WHERE action = 'folio.opening.posted' AND business_date = '2026-03-04'",
    ],
    "a line moved to another day than its voucher's": [
        "UPDATE posting SET business_date = '2026-03-09' WHERE id = {supper_line}",
    ],
    "a folio moved to another ledger": ["UPDATE folio SET ledger = 'deposit' WHERE number = 'GUEST'"],
    "a closed day said to be audited again": [
        "UPDATE business_day SET status = 'auditing' WHERE business_date = '2026-03-03'",
    ],
    "a business day lost": ["DELETE FROM business_day WHERE business_date = '2026-03-02'"],
    "a folio lost": ["DELETE FROM folio WHERE number = 'STAFF'"],
    "the closing balances of a day lost": ["DELETE FROM closing_balance WHERE business_date = '2026-03-03'"],
}


@pytest.mark.parametrize("damage", UNNOTICED_BY_BALANCES)
def test_damage_that_leaves_the_balances_in_step_is_noticed(books: Books, damage: str) -> None:
    books.damage(*UNNOTICED_BY_BALANCES[damage])

    assert books.off() != {}


def test_what_is_off_says_which_folio_and_which_voucher(books: Books) -> None:
    books.damage(add("GUEST", 100), "UPDATE voucher SET reason = NULL WHERE id = {allowed}")

    off = books.off()

    assert [each.where for each in off[STORED]] == ["folio GUEST"]
    assert {each.where for each in off[REASONS]} == {f"voucher {books.ids['allowed']} (allowance)"}


def test_proving_the_books_changes_nothing_and_takes_the_same_statements_however_much_there_is(books: Books) -> None:
    with opened(books.url) as engine:
        hotel = Hotel(engine)
        before = hotel.contents()
        with statements(engine) as few:
            books_hold(engine)
        assert hotel.contents() == before
        for _ in range(20):
            hotel.charge("GUEST", sold("FOOD", "1.00"))
        with statements(engine) as many:
            books_hold(engine)
    assert len(few) == len(many)
    assert {"INSERT", "UPDATE", "DELETE"}.isdisjoint(word for each in many for word in each.split())


def books_hold(engine: Engine) -> None:
    with reading(session_source(engine)) as session:
        assert not any(each.differences for each in verify.run(session))


def test_books_with_the_largest_amounts_are_proved(books: Books) -> None:
    with opened(books.url) as engine:
        hotel = Hotel(engine)
        hotel.charge("GUEST", sold("FOOD", str(MOST_MINOR // 200)))
        hotel.pay("GUEST", str(MOST_MINOR // 100), "VISA")
        hotel.end_day()

    assert books.off() == {}
