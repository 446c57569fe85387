"""One charge with one tax: idempotency key, open day, house limit, balance, voucher, two postings, event.

Ours goes through the rules. The floor is the same transaction by hand: on PostgreSQL one prepared statement through
psycopg, on SQLite single statements through `sqlite3`. Both leave the same rows, which is checked before measuring.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection as Pipe
from typing import Any

import psycopg

from folios import db
from folios.charges import Charge, ChargeLine, charge, charge_alone
from folios.drafts import Origin
from folios.money import Money
from tests.benchmarks.hotels import CURRENCY, ON_TOP_PPM, Hotel, fresh_postgres, fresh_sqlite, open_hotel
from tests.benchmarks.measuring import Pair, in_turns
from tests.benchmarks.rows import check_same

PRICE_MINOR, TAX_MINOR = 10_000, 1_000
TARGETS = {"PostgreSQL": 0.60, "SQLite": 0.50}
FOLIOS = 100
ANSWER_TIMEOUT_S = 60
WARM_S = 0.1

ChargeOne = Callable[[int, str], object]
"""Charges a dinner to a folio, with a key."""


# --- ours -----------------------------------------------------------------------------------------------------


def through_the_rules(sessions: db.SessionSource) -> ChargeOne:
    """In a unit of work, which might do other things as well."""

    def charge_one(folio_id: int, key: str) -> object:
        request, origin = _asked(folio_id, key)
        with db.unit_of_work(sessions) as session:
            return charge(session, request, origin)

    return charge_one


def alone(sessions: db.SessionSource) -> ChargeOne:
    """As a door does that pushes one charge and nothing else."""
    return lambda folio_id, key: charge_alone(sessions, *_asked(folio_id, key))


OURS = {"in a unit of work": through_the_rules, "alone": alone}


def _asked(folio_id: int, key: str) -> tuple[Charge, Origin]:
    line = ChargeLine("DINNER", Money(PRICE_MINOR, CURRENCY), text="Dinner for two")
    request = Charge(folio_id, (line,), check_number="4711", covers=2)
    return request, Origin("till", outlet="Restaurant", terminal="T1", sender="pos", key=key)


# --- by hand --------------------------------------------------------------------------------------------------

POSTGRES = f"""
WITH day AS MATERIALIZED (
    SELECT business_date FROM business_day WHERE status = 'open' FOR SHARE
), account AS MATERIALIZED (
    SELECT folio.id, folio.currency FROM day, folio
    WHERE folio.id = %(folio)s AND status = 'open'
      AND (house_limit_minor IS NULL OR balance_minor + %(total)s <= house_limit_minor)
    FOR NO KEY UPDATE OF folio
), voucher AS (
    INSERT INTO voucher (kind, business_date, written_at, currency, operator, outlet, terminal, sender, key,
        content_hash, check_number, covers)
    SELECT 'charge', business_date, %(at)s, currency, 'till', 'Restaurant', 'T1', 'pos', %(key)s, %(hash)s, '4711', 2
    FROM day, account ON CONFLICT (sender, key) DO NOTHING RETURNING id, business_date
), posted AS (
    INSERT INTO posting (voucher_id, business_date, line, parent_line, debit_folio_id, credit_folio_id, amount_minor,
        code, quantity, text, tax_base_minor, tax_rate_ppm)
    SELECT id, business_date, 1, NULL::smallint, %(folio)s, %(sold)s, %(price)s, 'DINNER', 1, 'Dinner for two',
        NULL::bigint, NULL::int FROM voucher
    UNION ALL
    SELECT id, business_date, 2, 1, %(folio)s, %(vat)s, %(tax)s, 'ONTOP', 1, NULL, %(price)s, {ON_TOP_PPM} FROM voucher
), balanced AS (
    UPDATE folio SET balance_minor = balance_minor + %(total)s FROM voucher WHERE folio.id = %(folio)s
), recorded AS (
    INSERT INTO event (at, business_date, operator, action, subject, after)
    SELECT %(at)s, business_date, 'till', 'folio.charge.posted', 'folio:' || %(folio)s::bigint,
        json_build_object('voucher', id, 'total_minor', %(total)s::bigint) FROM voucher
)
SELECT id, business_date FROM voucher
"""


def by_hand_on_postgres(connection: psycopg.Connection[Any], hotel: Hotel) -> ChargeOne:
    """The connection commits by itself: one statement, one round trip."""
    fixed = {
        "sold": hotel.restaurant,
        "vat": hotel.vat,
        "price": PRICE_MINOR,
        "tax": TAX_MINOR,
        "total": PRICE_MINOR + TAX_MINOR,
    }

    def charge_one(folio_id: int, key: str) -> object:
        given = {"folio": folio_id, "key": key, "hash": _hash(key), "at": datetime.now(UTC)} | fixed
        voucher = connection.execute(POSTGRES, given, prepare=True).fetchone()
        if voucher is None:
            raise ValueError("refused")
        return voucher

    return charge_one


VOUCHER = """
INSERT INTO voucher (kind, business_date, written_at, currency, operator, outlet, terminal, sender, key, content_hash,
    check_number, covers)
VALUES ('charge', ?, ?, ?, 'till', 'Restaurant', 'T1', 'pos', ?, ?, '4711', 2)
ON CONFLICT (sender, key) DO NOTHING RETURNING id
"""
POSTINGS = f"""
INSERT INTO posting (voucher_id, business_date, line, parent_line, debit_folio_id, credit_folio_id, amount_minor, code,
    quantity, text, tax_base_minor, tax_rate_ppm)
VALUES (?1, ?2, 1, NULL, ?3, ?4, {PRICE_MINOR}, 'DINNER', 1, 'Dinner for two', NULL, NULL),
       (?1, ?2, 2, 1, ?3, ?5, {TAX_MINOR}, 'ONTOP', 1, NULL, {PRICE_MINOR}, {ON_TOP_PPM})
"""
BALANCE = f"""
UPDATE folio SET balance_minor = balance_minor + {PRICE_MINOR + TAX_MINOR}
WHERE id = ?1 AND status = 'open'
  AND (house_limit_minor IS NULL OR balance_minor + {PRICE_MINOR + TAX_MINOR} <= house_limit_minor)
RETURNING currency
"""
EVENT = """
INSERT INTO event (at, business_date, operator, action, subject, after)
VALUES (?, ?, 'till', 'folio.charge.posted', ?, ?)
"""


def by_hand_on_sqlite(connection: sqlite3.Connection, hotel: Hotel) -> ChargeOne:
    run = connection.execute

    def charge_one(folio_id: int, key: str) -> object:
        at = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        run("BEGIN IMMEDIATE")
        try:
            (day,) = run("SELECT business_date FROM business_day WHERE status = 'open'").fetchone()
            (currency,) = run(BALANCE, (folio_id,)).fetchone()
            (voucher,) = run(VOUCHER, (day, at, currency, key, _hash(key))).fetchone()
            run(POSTINGS, (voucher, day, folio_id, hotel.restaurant, hotel.vat))
            after = json.dumps({"voucher": voucher, "total_minor": PRICE_MINOR + TAX_MINOR})
            run(EVENT, (at, day, f"folio:{folio_id}", after))
        except BaseException:
            run("ROLLBACK")
            raise
        run("COMMIT")
        return voucher

    return charge_one


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@contextmanager
def hand(hotel: Hotel) -> Iterator[ChargeOne]:
    """The floor, on a connection of its own."""
    if not hotel.on_sqlite:
        with psycopg.connect(hotel.driver_url, autocommit=True) as connection:
            yield by_hand_on_postgres(connection, hotel)
        return
    file = sqlite3.connect(hotel.path, timeout=db.BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    for pragma in ("foreign_keys = ON", "synchronous = FULL", "recursive_triggers = ON", "journal_mode = WAL"):
        file.execute(f"PRAGMA {pragma}")
    try:
        yield by_hand_on_sqlite(file, hotel)
    finally:
        file.close()


def check_same_rows(hotel: Hotel) -> None:
    """Charges once each way and compares everything that was written."""
    engine = db.open_engine(hotel.url)
    sessions = db.session_source(engine)
    try:
        with hand(hotel) as by_hand:
            folio_id = hotel.folios[0]
            for name, way in OURS.items():
                ours = partial(way(sessions), folio_id, f"check {name}")
                check_same(sessions, ours, partial(by_hand, folio_id, f"check by hand for {name}"))
    finally:
        engine.dispose()


# --- clients --------------------------------------------------------------------------------------------------

Window = tuple[int, float, float]
"""How many charges, from when until when."""


@dataclass(frozen=True)
class Order:
    """What a client is told to do. `tag` makes its keys its own."""

    side: str
    seconds: float
    threads: int
    folios: tuple[int, ...]
    tag: str


def _client(pipe: Pipe, hotel: Hotel, number: int) -> None:
    """A process that charges when it is told, and answers with a window of each of its threads."""
    with ExitStack() as stack:
        engine = db.open_engine(hotel.url)
        stack.callback(engine.dispose)
        sessions = db.session_source(engine)
        ours = {name: way(sessions) for name, way in OURS.items()}
        hands: list[ChargeOne] = []
        while (order := pipe.recv()) is not None:
            while len(hands) < order.threads:
                hands.append(stack.enter_context(hand(hotel)))
            windows: list[Window] = []
            workers = [
                threading.Thread(target=_work, args=(ours.get(order.side, hands[n]), order, who, windows))
                for n, who in enumerate(range(number * order.threads, (number + 1) * order.threads))
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            pipe.send(windows)


def _work(charge_one: ChargeOne, order: Order, who: int, windows: list[Window]) -> None:
    folios = itertools.cycle(_turned(order.folios, 7 * who))
    count, begun = 0, time.monotonic()
    while (now := time.monotonic()) < begun + order.seconds:
        charge_one(next(folios), f"{order.tag}-{who}-{count}")
        count += 1
    windows.append((count, begun, now))


def _turned(folios: Sequence[int], by: int) -> Sequence[int]:
    by %= len(folios)
    return [*folios[by:], *folios[:by]]


class Crew:
    """Client processes of one hotel, started once and used by all measurements."""

    def __init__(self, hotel: Hotel, clients: int) -> None:
        self.windows = itertools.count()
        start = multiprocessing.get_context("forkserver")
        start.set_forkserver_preload([__name__])
        self.pipes, self.processes = [], []
        for number in range(clients):
            ours, theirs = start.Pipe()
            process = start.Process(target=_client, args=(theirs, hotel, number), daemon=True)
            process.start()
            theirs.close()
            self.pipes.append(ours)
            self.processes.append(process)

    def rate(self, side: str, seconds: float, clients: int, threads: int, folios: Sequence[int]) -> float:
        """Charges per second of `clients` processes with `threads` each, from the first start to the last end."""
        tag = f"{side}-{next(self.windows)}"
        for pipe in self.pipes[:clients]:
            pipe.send(Order(side, seconds, threads, tuple(folios), tag))
        windows = [window for pipe in self.pipes[:clients] for window in self._answer(pipe)]
        if len(windows) < clients * threads:
            raise RuntimeError("a client failed; its error is printed above")
        counts, begun, ended = zip(*windows, strict=True)
        return float(sum(counts) / (max(ended) - min(begun)))

    def _answer(self, pipe: Pipe) -> list[Window]:
        if not pipe.poll(ANSWER_TIMEOUT_S):
            raise TimeoutError("a client does not answer")
        windows: list[Window] = pipe.recv()
        return windows

    def dismiss(self) -> None:
        for pipe in self.pipes:
            with suppress(OSError):  # it has ended already
                pipe.send(None)
        for process in self.processes:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()


@contextmanager
def crew_of(hotel: Hotel, clients: int) -> Iterator[Crew]:
    crew = Crew(hotel, clients)
    try:
        yield crew
    finally:
        crew.dismiss()


# --- the benchmark --------------------------------------------------------------------------------------------


def measure(server: str | None, quick: bool) -> Iterator[Pair]:
    """Pairs for PostgreSQL (when there is a server) and SQLite."""
    seconds, rounds = (0.4, 3) if quick else (1.0, 5)
    if server is not None:
        cases = [(1, 1, FOLIOS), (4, 1, FOLIOS), (16, 1, FOLIOS)]
        if not quick:
            cases += [(1, 4, FOLIOS), (1, 16, FOLIOS), (4, 1, 1), (16, 1, 1)]
        with fresh_postgres(server) as url:
            yield from _engine("PostgreSQL", url, cases, seconds, rounds)
    cases = [(1, 1, FOLIOS), (4, 1, FOLIOS)] if quick else [(1, 1, FOLIOS), (4, 1, FOLIOS), (1, 4, FOLIOS), (4, 1, 1)]
    with fresh_sqlite() as url:
        yield from _engine("SQLite", url, cases, seconds, rounds)


def _engine(
    engine: str, url: str, cases: Sequence[tuple[int, int, int]], seconds: float, rounds: int
) -> Iterator[Pair]:
    hotel = open_hotel(url, FOLIOS)
    check_same_rows(hotel)
    with crew_of(hotel, max(clients for clients, _, _ in cases)) as crew:
        for clients, threads, spread in cases:
            folios = hotel.folios[:spread]
            for side in (*OURS, "floor"):  # connected, prepared, cached
                crew.rate(side, WARM_S, clients, threads, folios)
            who = f"{clients} client{'s'[: clients > 1]}" if threads == 1 else f"{threads} threads"
            where = "" if spread > 1 else ", one folio"
            target = TARGETS[engine] if threads == 1 and spread > 1 else None
            for side in OURS if engine == "PostgreSQL" else list(OURS)[:1]:  # on SQLite they are the same
                sides = (partial(crew.rate, each, seconds, clients, threads, folios) for each in (side, "floor"))
                ours, floor = in_turns(rounds, *sides)
                yield Pair(f"charge {side}, {engine}, {who}{where}", "rate", ours, floor, target)
