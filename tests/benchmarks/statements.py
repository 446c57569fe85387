"""The statement of a folio with 500 lines, in a ledger of a million postings and in one of a hundred thousand.

The floor is two hand-written statements in the same kind of snapshot, and the same figures in tuples. The fill is made
in sets, every folio's lines spread over fifty closed days among all others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date, timedelta
from itertools import cycle

import psycopg

from folios import db
from folios.statements import Statement, StatementLine, statement
from tests.benchmarks.hotels import FIRST_DATE, Hotel, fresh_postgres, fresh_sqlite, open_hotel
from tests.benchmarks.measuring import Pair, in_turns, seconds

LINES = 500
LEDGERS = (100_000, 1_000_000)
DAYS = 50
TARGET = 1.5
TARGET_GROWTH = 1.2  # "no slower", give or take the noise

Lines = list[tuple[object, ...]]

READ = """
SELECT p.id, p.business_date, p.voucher_id, v.kind, p.code, coalesce(p.text, c.name), p.quantity, v.check_number,
    v.reference, v.operator, p.amount_minor, 0, p.parent_line, p.line
FROM posting p JOIN voucher v ON v.id = p.voucher_id JOIN transaction_code c ON c.code = p.code
WHERE p.debit_folio_id = {folio}
UNION ALL
SELECT p.id, p.business_date, p.voucher_id, v.kind, p.code, coalesce(p.text, c.name), p.quantity, v.check_number,
    v.reference, v.operator, 0, p.amount_minor, p.parent_line, p.line
FROM posting p JOIN voucher v ON v.id = p.voucher_id JOIN transaction_code c ON c.code = p.code
WHERE p.credit_folio_id = {folio}
ORDER BY 2, 3, 14
"""
NAMES = tuple(StatementLine.__annotations__)
NAMED = "SELECT number, type, name, currency, status FROM folio WHERE id = {folio}"


def measure(server: str | None, quick: bool) -> Iterator[Pair]:
    """Pairs for PostgreSQL (when there is a server) and SQLite; quick: the smaller ledger only."""
    ledgers, rounds, times = (LEDGERS[:1], 5, 5) if quick else (LEDGERS, 9, 10)
    if server is not None:
        with fresh_postgres(server) as small, fresh_postgres(server) as large:
            yield from _engine("PostgreSQL", dict(zip(ledgers, (small, large), strict=False)), rounds, times)
    with fresh_sqlite() as small, fresh_sqlite() as large:
        yield from _engine("SQLite", dict(zip(ledgers, (small, large), strict=False)), rounds, times)


def _engine(engine: str, urls: dict[int, str], rounds: int, times: int) -> Iterator[Pair]:
    ours: dict[int, Callable[[], float]] = {}
    with closing(_Opened()) as opened:
        for postings, url in urls.items():
            hotel = open_hotel(url, postings // LINES)
            _fill(hotel, postings)
            read, read_by_hand = opened.readers(hotel)
            _check_same(read, read_by_hand, hotel.folios[0])
            ours[postings] = _timed(read, hotel, times)
            by_hand = _timed(read_by_hand, hotel, times)
            name = f"statement of {LINES} lines in {postings:,}, {engine}"
            yield Pair(name, "time", *in_turns(rounds, ours[postings], by_hand), TARGET)
        if len(ours) == 2:
            small, large = (ours[postings] for postings in LEDGERS)
            name = f"statement in {LEDGERS[1]:,} beside {LEDGERS[0]:,}, {engine}"
            yield Pair(name, "time", *in_turns(rounds, large, small), TARGET_GROWTH)


def _timed(read: Callable[[int], object], hotel: Hotel, times: int) -> Callable[[], float]:
    """Different folios in turn, the same ones again: warm, but not the one page."""
    folios = cycle(hotel.folios[:: max(1, len(hotel.folios) // times)][:times])
    seconds(lambda: read(next(folios)), times)
    return lambda: seconds(lambda: read(next(folios)), times)


class _Opened:
    """Keeps what the readers use open until the end."""

    def __init__(self) -> None:
        self.closers: list[Callable[[], None]] = []

    def close(self) -> None:
        for close in reversed(self.closers):
            close()

    def readers(self, hotel: Hotel) -> tuple[Callable[[int], Statement], Callable[[int], Lines]]:
        """Ours, in one snapshot of its own, and the floor."""
        engine = db.open_engine(hotel.url)
        self.closers.append(engine.dispose)
        sessions = db.session_source(engine)
        mark = "?" if hotel.on_sqlite else "%s"
        connection: sqlite3.Connection | psycopg.Connection
        if hotel.on_sqlite:
            connection = sqlite3.connect(hotel.path, isolation_level=None)
        else:
            connection = psycopg.connect(hotel.driver_url)
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
        self.closers.append(connection.close)
        lines, named = READ.format(folio=mark), NAMED.format(folio=mark)

        def read(folio_id: int) -> Statement:
            with db.reading(sessions) as session:
                return statement(session, folio_id)

        def read_by_hand(folio_id: int) -> Lines:
            if hotel.on_sqlite:
                connection.execute("BEGIN")
            connection.execute(named, (folio_id,)).fetchone()
            running, read_lines = 0, []
            for row in connection.execute(lines, (folio_id, folio_id)).fetchall():
                running += row[10] - row[11]
                day = date.fromisoformat(row[1]) if hotel.on_sqlite else row[1]
                read_lines.append((row[0], day, *row[2:13], running))
            connection.rollback()
            return read_lines

        return read, read_by_hand


def _check_same(read: Callable[[int], Statement], read_by_hand: Callable[[int], Lines], folio_id: int) -> None:
    ours = [tuple(getattr(line, name) for name in NAMES) for line in read(folio_id).lines]
    by_hand = read_by_hand(folio_id)
    if ours != by_hand or len(ours) != LINES:
        raise AssertionError(f"the statements differ, or have not {LINES} lines but {len(ours)} and {len(by_hand)}")


# --- the fill -------------------------------------------------------------------------------------------------

NUMBERS = {
    False: "SELECT n FROM generate_series(0, {last}) AS n",
    True: "WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < {last}) "
    "SELECT n FROM counted",
}
DAY = {
    False: "(DATE '{first}' + (n / {per_day})::int)",
    True: "date('{first}', '+' || (n / {per_day}) || ' days')",
}
FILL = (
    """INSERT INTO business_day (business_date, status, opened_at, rolled_at, closed_at)
    SELECT {day}, 'closed', '{first}', '{first}', '{first}' FROM ({days}) AS numbers""",
    """INSERT INTO voucher (id, kind, business_date, written_at, currency, operator, outlet, sender, key, content_hash,
        check_number)
    SELECT {base} + n, 'charge', {day}, '{first}', 'EUR', 'till', 'Restaurant', 'fill', 'fill-' || n, NULL,
        CAST(n AS TEXT) FROM ({numbers}) AS numbers""",
    """INSERT INTO posting (voucher_id, business_date, line, parent_line, debit_folio_id, credit_folio_id,
        amount_minor, code, quantity, text, tax_base_minor, tax_rate_ppm)
    SELECT {base} + n, {day}, line, parent, {guest} + n % {guests}, credit, amount, code, 1, NULL, base, rate
    FROM ({numbers}) AS numbers, (
        SELECT 1 AS line, NULL AS parent, {sold} AS credit, 10000 AS amount, 'DINNER' AS code, NULL AS base,
            NULL AS rate
        UNION ALL SELECT 2, 1, {vat}, 1000, 'ONTOP', 10000, 100000) AS sides
    ORDER BY n, line""",
    "UPDATE folio SET balance_minor = {owed} WHERE id >= {guest}",
)


def _fill(hotel: Hotel, postings: int) -> None:
    """Two postings a voucher, `LINES` a folio, the folios in turn; days before the open one."""
    vouchers = postings // 2
    first = FIRST_DATE - timedelta(days=DAYS)
    on_sqlite = hotel.on_sqlite
    figures = {
        "first": first,
        "base": 1_000,
        "guest": hotel.folios[0],
        "guests": len(hotel.folios),
        "sold": hotel.restaurant,
        "vat": hotel.vat,
        "owed": LINES // 2 * 11_000,
        "numbers": NUMBERS[on_sqlite].format(last=vouchers - 1),
        "days": NUMBERS[on_sqlite].format(last=DAYS - 1),
    }
    per_day = vouchers // DAYS
    for number, insert in enumerate(FILL):
        day = DAY[on_sqlite].format(first=first, per_day=1 if number == 0 else per_day)
        text = insert.format(day=day, **figures)
        (_run_on_sqlite if on_sqlite else _run_on_postgres)(hotel, text)
    (_run_on_sqlite if on_sqlite else _run_on_postgres)(hotel, "ANALYZE")


def _run_on_sqlite(hotel: Hotel, text: str) -> None:
    with closing(sqlite3.connect(hotel.path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")  # foreign keys are off unless they are asked for
        connection.execute(text)


def _run_on_postgres(hotel: Hotel, text: str) -> None:
    with psycopg.connect(hotel.driver_url, autocommit=True) as connection:
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET session_replication_role = replica")  # a million foreign keys need no checking
        connection.execute(text)
        if text == "ANALYZE":
            connection.execute("VACUUM")
