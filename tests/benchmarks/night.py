"""The night: room charges with a tax inside for every stay, and the close of the day with its closing balances.

Ours is `folios.charges.charge_all` for the day that was rolled, then `folios.business_day.close_day`. The floor writes
the same rows in sets, one INSERT ... SELECT each, in the same two transactions; it is checked that they are the same.

The whole closing is `night_audit.audit.run` on a house full of stays, beside the same floor: that does
less, since it knows what is to be charged and has no rooms, no-shows or receivables to look after. With its reports it
stands beside the same floor and the reports' figures by hand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from datetime import date
from functools import partial

import psycopg

from folios import db
from folios.business_day import close_day, roll
from folios.charges import Charge, ChargeLine, charge_all
from folios.drafts import Origin
from folios.money import Money, half_up
from night_audit import audit
from tests.benchmarks import reports
from tests.benchmarks.hotels import CURRENCY, WITHIN_PPM, Hotel, fresh_postgres, fresh_sqlite, open_hotel
from tests.benchmarks.measuring import Pair, in_turns, seconds
from tests.benchmarks.report_floors import FLOORS
from tests.benchmarks.rows import check_same
from tests.benchmarks.stays import fill_house

STAYS = (500, 5_000)
MANY_STAYS = 50_000  # of room and tax alone
PRICE_MINOR = 15_000
TAX_MINOR = half_up(PRICE_MINOR * WITHIN_PPM, 1_000_000 + WITHIN_PPM)
NET_MINOR = PRICE_MINOR - TAX_MINOR
OPERATOR = "night"
TARGET = 4.0
TARGET_WHOLE = 3.0
TARGET_LINEAR = 1.25  # the time of a stay among many beside that among few: linear, give or take the noise

Half = Callable[[date, Sequence[int]], object]
"""One of the two things a night does: for a day, to folios."""
Fresh = Callable[[], AbstractContextManager[str]]


def measure(server: str | None, quick: bool) -> Iterator[Pair]:
    """Pairs for PostgreSQL (when there is a server) and SQLite."""
    rounds = 3 if quick else 7
    engines: dict[str, Fresh] = {} if server is None else {"PostgreSQL": partial(fresh_postgres, server)}
    for name, fresh in (engines | {"SQLite": fresh_sqlite}).items():
        with fresh() as url:
            yield from _engine(name, url, rounds, STAYS)
        for stays in STAYS[:1] if quick else STAYS:
            with fresh() as url, fresh() as by_hand:
                yield from _whole(f"{stays:,} stays, {name}", stays, url, by_hand, rounds)
        if not quick:
            with fresh() as url:
                yield from _engine(name, url, 3, (MANY_STAYS,))


def _whole(name: str, stays: int, url: str, by_hand: str, rounds: int) -> Iterator[Pair]:
    fill_house(url, stays, PRICE_MINOR)
    hotel = open_hotel(by_hand, stays)
    floor = (partial(_post_by_hand, hotel), partial(_close_by_hand, hotel))
    engines = [db.open_engine(each) for each in (url, by_hand)]
    ours, theirs = map(db.session_source, engines)
    try:
        day = audit.run(ours, OPERATOR, report=None).day  # the guests' first night

        def night_and_reports() -> None:
            _night(theirs, floor, hotel.folios)
            for each in FLOORS.values():
                reports.by_hand(ours, each, day)

        yield Pair(
            f"whole closing, {name}",
            "time",
            *in_turns(
                rounds,
                lambda: seconds(lambda: audit.run(ours, OPERATOR, report=None)),
                lambda: seconds(lambda: _night(theirs, floor, hotel.folios)),
            ),
            TARGET_WHOLE,
        )
        yield Pair(
            f"whole closing and its reports, {name}",
            "time",
            *in_turns(3, lambda: seconds(lambda: audit.run(ours, OPERATOR)), lambda: seconds(night_and_reports)),
            TARGET_WHOLE,
        )
    finally:
        for engine in engines:
            engine.dispose()


def _engine(name: str, url: str, rounds: int, sizes: Sequence[int]) -> Iterator[Pair]:
    hotel = open_hotel(url, max(sizes))
    engine = db.open_engine(url)
    sessions = db.session_source(engine)
    ours = (partial(_post, sessions), partial(_close, sessions))
    floor = (partial(_post_by_hand, hotel), partial(_close_by_hand, hotel))
    try:
        few = hotel.folios[:20]
        check_same(sessions, partial(_night, sessions, ours, few), partial(_night, sessions, floor, few))
        of_a_stay: list[list[float]] = []
        for stays in sizes:
            folios = hotel.folios[:stays]
            sides = in_turns(rounds, partial(_night, sessions, ours, folios), partial(_night, sessions, floor, folios))
            for half, what in enumerate(("room and tax", "close of the day")):
                figures = ([night[half] for night in side] for side in sides)
                yield Pair(f"{what}, {stays:,} stays, {name}", "time", *figures, TARGET)
            of_a_stay.append([sum(night) / stays for night in sides[0]])
        if len(sizes) == 2:
            linear = f"a stay's night, of {sizes[1]:,} beside {sizes[0]:,}, {name}"
            yield Pair(linear, "time", *of_a_stay[::-1], TARGET_LINEAR)
    finally:
        engine.dispose()


def _night(sessions: db.SessionSource, halves: tuple[Half, Half], folios: Sequence[int]) -> list[float]:
    """Rolls the day, then times both halves of the night."""
    with db.unit_of_work(sessions) as session:
        day, _ = roll(session, OPERATOR)
    return [seconds(partial(half, day, folios)) for half in halves]


# --- ours -----------------------------------------------------------------------------------------------------


def _post(sessions: db.SessionSource, day: date, folios: Sequence[int]) -> None:
    line, origin = ChargeLine("ROOM", Money(PRICE_MINOR, CURRENCY)), Origin(OPERATOR)
    with db.unit_of_work(sessions) as session:
        charge_all(session, [(Charge(folio_id, (line,), business_date=day), origin) for folio_id in folios])


def _close(sessions: db.SessionSource, day: date, folios: Sequence[int]) -> None:
    with db.unit_of_work(sessions) as session:
        close_day(session, day, OPERATOR)


# --- by hand --------------------------------------------------------------------------------------------------

NOW = {False: "now()", True: "strftime('%Y-%m-%d %H:%M:%f000', 'now')"}
GUESTS = """
SELECT id, currency FROM folio WHERE id BETWEEN {first} AND {last} AND status = 'open'
  AND (house_limit_minor IS NULL OR balance_minor + {price} <= house_limit_minor) ORDER BY id
"""
VOUCHERS = """
INSERT INTO voucher (id, kind, business_date, written_at, currency, operator)
SELECT id, 'charge', '{day}', {now}, currency, '{operator}' FROM given
"""
POSTINGS = """
INSERT INTO posting (voucher_id, business_date, line, parent_line, debit_folio_id, credit_folio_id, amount_minor, code,
    quantity, tax_base_minor, tax_rate_ppm)
SELECT given.id, day, line, parent, folio_id, credit, amount, code, 1, base, rate FROM given, (
    SELECT business_date AS day FROM business_day WHERE status = 'auditing') AS audited, (
    SELECT 1 AS line, NULL AS parent, {rooms} AS credit, {net} AS amount, 'ROOM' AS code, NULL AS base, NULL AS rate
    UNION ALL SELECT 2, 1, {vat}, {tax}, 'WITHIN', {net}, {rate}) AS sides
ORDER BY given.id, line
"""
BALANCES = "UPDATE folio SET balance_minor = balance_minor + {price} FROM given WHERE folio.id = given.folio_id"
EVENTS = """
INSERT INTO event (at, business_date, operator, action, subject, after)
SELECT {now}, '{day}', '{operator}', 'folio.charge.posted', 'folio:' || folio_id,
    json_{build}object('voucher', id, 'total_minor', {price}) FROM given ORDER BY id
"""
POST_ON_POSTGRES = (
    f"""
    WITH day AS MATERIALIZED (
        SELECT business_date FROM business_day WHERE status = 'auditing' AND business_date = '{{day}}' FOR SHARE
    ), guest AS MATERIALIZED ({GUESTS} FOR NO KEY UPDATE
    ), given AS MATERIALIZED (
        SELECT nextval('voucher_id_seq') AS id, guest.id AS folio_id, currency FROM guest, day
    ), vouchers AS ({VOUCHERS}), postings AS ({POSTINGS}), balances AS ({BALANCES})
    {EVENTS}
    """,
)
POST_ON_SQLITE = (
    f"""
    CREATE TEMP TABLE given AS
    SELECT (SELECT coalesce(max(id), 0) FROM voucher) + row_number() OVER (ORDER BY id) AS id, id AS folio_id, currency
    FROM ({GUESTS})
    """,
    VOUCHERS,
    POSTINGS,
    BALANCES,
    EVENTS,
    "DROP TABLE given",
)
CLOSE = (
    """
    UPDATE business_day SET status = 'closed', closed_at = {now}
    WHERE business_date = '{day}' AND status = 'auditing'
    """,
    """
    INSERT INTO closing_balance (folio_id, business_date, opening_minor, debits_minor, credits_minor, closing_minor)
    SELECT folio_id, '{day}', opening, debits, credits, opening + debits - credits FROM (
        SELECT folio_id, sum(debit) AS debits, sum(credit) AS credits, coalesce((
            SELECT closing_minor FROM closing_balance AS before
            WHERE before.folio_id = sides.folio_id AND before.business_date < '{day}'
            ORDER BY before.business_date DESC LIMIT 1), 0) AS opening
        FROM (
            SELECT debit_folio_id AS folio_id, amount_minor AS debit, 0 AS credit FROM posting
            WHERE business_date = '{day}'
            UNION ALL SELECT credit_folio_id, 0, amount_minor FROM posting WHERE business_date = '{day}') AS sides
        GROUP BY folio_id) AS moved
    """,
    """
    INSERT INTO ledger_closing (business_date, ledger, type, currency, opening_minor, debits_minor, credits_minor,
        closing_minor)
    SELECT '{day}', ledger, type, currency, sum(opening), sum(debits), sum(credits),
        sum(opening) + sum(debits) - sum(credits)
    FROM (
        SELECT ledger, type, currency, closing_minor AS opening, 0 AS debits, 0 AS credits FROM ledger_closing
        WHERE business_date = (SELECT max(business_date) FROM ledger_closing WHERE business_date < '{day}')
        UNION ALL SELECT ledger, type, currency, 0, debits_minor, credits_minor
        FROM closing_balance JOIN folio ON folio.id = closing_balance.folio_id
        WHERE closing_balance.business_date = '{day}') AS parts
    GROUP BY ledger, type, currency
    """,
    """
    INSERT INTO event (at, business_date, operator, action, subject)
    SELECT {now}, business_date, '{operator}', 'day.closed', 'day:{day}' FROM business_day WHERE status = 'open'
    """,
)


def _post_by_hand(hotel: Hotel, day: date, folios: Sequence[int]) -> None:
    _run(hotel, POST_ON_SQLITE if hotel.on_sqlite else POST_ON_POSTGRES, day, folios)


def _close_by_hand(hotel: Hotel, day: date, folios: Sequence[int]) -> None:
    _run(hotel, CLOSE, day, folios)


def _run(hotel: Hotel, statements: Sequence[str], day: date, folios: Sequence[int]) -> None:
    figures = {
        "day": day,
        "now": NOW[hotel.on_sqlite],
        "build": "" if hotel.on_sqlite else "build_",
        "operator": OPERATOR,
        "first": folios[0],
        "last": folios[-1],
        "rooms": hotel.rooms,
        "vat": hotel.vat,
        "net": NET_MINOR,
        "tax": TAX_MINOR,
        "price": PRICE_MINOR,
        "rate": WITHIN_PPM,
    }
    texts = [each.format(**figures) for each in statements]
    if not hotel.on_sqlite:
        with psycopg.connect(hotel.driver_url) as connection:
            for text in texts:
                connection.execute(text)
        return
    with closing(sqlite3.connect(hotel.path, isolation_level=None)) as file:
        for pragma in ("foreign_keys = ON", "synchronous = FULL"):
            file.execute(f"PRAGMA {pragma}")
        file.execute("BEGIN IMMEDIATE")
        for text in texts:
            file.execute(text)
        file.execute("COMMIT")
