"""A check of the bar through the core of the bridge, beside the same by hand: who is in the room, the charge with one
tax, and the row of the message; both leave as many rows, which is checked.

By hand on PostgreSQL it is two prepared statements through psycopg, on SQLite single ones through `sqlite3`.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa

from folios import db, schema
from folios.models import Event, Folio, Posting, Voucher
from pos_bridge.charging import charge
from pos_bridge.models.messages import PosRequest
from pos_bridge.requests import Sender
from tests.benchmarks.hotels import fresh_postgres, fresh_sqlite
from tests.benchmarks.measuring import Pair, in_turns
from tests.pos_bridge.tills import Tills

TARGETS = {"PostgreSQL": 0.60, "SQLite": 0.50}
NET, TAX = 1000, 200
ROOM = "101"
BODY = json.dumps({"whom": {"room": ROOM}, "total_minor": 1200, "lines": [{"kind": "item", "amount_minor": 1200}]})
ANSWER = json.dumps({"text": "12.00 EUR charged to 101, Guest, Mr..", "total_minor": 1200, "may": {"void": None}})

LOOK = """
SELECT l.catalogue_mark, f.id, f.number, g.surname,
    (SELECT reason FROM charge_stop c WHERE c.folio_id = f.id LIMIT 1),
    (SELECT id FROM pos_request WHERE terminal = 'BAR1' AND place = '101' AND received_at > {since}
        AND kind = 'charge' AND total_minor = 1200 AND check_number = {check} LIMIT 1)
FROM ledger l, room r JOIN stay s ON s.room_id = r.id AND s.status = 'in_house' JOIN guest g ON g.id = s.guest_id
JOIN stay_window w ON w.stay_id = s.id AND w.window_number = 1 JOIN folio f ON f.id = w.folio_id
WHERE l.id = 1 AND r.number = '101'
"""
POSTGRES = """
WITH day AS MATERIALIZED (
    SELECT business_date FROM business_day WHERE status = 'open' FOR SHARE
), account AS MATERIALIZED (
    SELECT folio.id, folio.currency FROM day, folio
    WHERE folio.id = %(folio)s AND status = 'open'
      AND (house_limit_minor IS NULL OR balance_minor + 1200 <= house_limit_minor) FOR NO KEY UPDATE OF folio
), v AS (
    INSERT INTO voucher (kind, business_date, written_at, currency, operator, outlet, terminal, sender, key,
        content_hash, check_number)
    SELECT 'charge', business_date, %(at)s, currency, 'pos:BAR1', 'BAR', 'BAR1', 'pos:BAR1', %(key)s, %(key)s, %(key)s
    FROM day, account ON CONFLICT (sender, key) DO NOTHING RETURNING id, business_date
), posted AS (
    INSERT INTO posting (voucher_id, business_date, line, parent_line, debit_folio_id, credit_folio_id, amount_minor,
        code, quantity, tax_base_minor, tax_rate_ppm)
    SELECT id, business_date, 1, NULL::smallint, %(folio)s, %(bar)s, 1000, 'BARDRINK', 1, NULL::bigint, NULL::int FROM v
    UNION ALL SELECT id, business_date, 2, 1, %(folio)s, %(vat)s, 200, 'VAT20', 1, 1000, 200000 FROM v
), balanced AS (
    UPDATE folio SET balance_minor = balance_minor + 1200 FROM v WHERE folio.id = %(folio)s
), recorded AS (
    INSERT INTO event (at, business_date, operator, action, subject, after)
    SELECT %(at)s, business_date, 'pos:BAR1', 'folio.charge.posted', 'folio:' || %(folio)s::bigint,
        json_build_object('voucher', id, 'total_minor', 1200) FROM v
), told AS (
    INSERT INTO pos_request (voucher_id, business_date, sender, key, kind, outcome, content_hash, received_at, outlet,
        terminal, place, folio_id, check_number, total_minor, body, answer)
    SELECT id, business_date, 'pos:BAR1', %(key)s, 'charge', 'done', %(key)s, %(at)s, 'BAR', 'BAR1', '101', %(folio)s,
        %(key)s, 1200, %(body)s, %(answer)s FROM v
)
SELECT id FROM v
"""


def measure(server: str | None, quick: bool) -> Iterator[Pair]:
    """Pairs for PostgreSQL (when there is a server) and SQLite."""
    engines: dict[str, Any] = {} if server is None else {"PostgreSQL": partial(fresh_postgres, server)}
    for name, fresh in (engines | {"SQLite": fresh_sqlite}).items():
        with fresh() as url:
            yield from _engine(name, url, 5 if quick else 15, 0.2 if quick else 0.5)


def _engine(name: str, url: str, rounds: int, seconds: float) -> Iterator[Pair]:
    engine = db.open_engine(url)
    schema.upgrade(engine)
    tills = Tills(engine)
    tills.set_up()
    tills.arrive(20, room=ROOM)
    tills.do(lambda session: session.execute(sa.update(Folio).values(house_limit_minor=None)))
    floor, close = by_hand(url, tills)
    keys = (f"k{number}" for number in itertools.count())

    def ours(key: str) -> object:
        return charge(tills.sessions, Sender("BAR1"), key, tills.drinks("12.00", check_number=key))

    try:
        if _written(tills, ours, next(keys)) != _written(tills, floor, next(keys)):
            raise AssertionError("the two sides write another number of rows")
        sides = [partial(_rate, side, keys, seconds) for side in (ours, floor)]
        in_turns(1, *sides)
        yield Pair(f"charge of a till, {name}, 1 client", "rate", *in_turns(rounds, *sides), TARGETS[name])
    finally:
        close()
        engine.dispose()


def _rate(side: Callable[[str], object], keys: Iterator[str], seconds: float) -> float:
    count, begun = 0, time.perf_counter()
    while (now := time.perf_counter()) < begun + seconds:
        side(next(keys))
        count += 1
    return count / (now - begun)


def _written(tills: Tills, side: Callable[[str], object], key: str) -> list[int]:
    before = [len(tills.rows(table)) for table in (Voucher, Posting, Event, PosRequest)]
    side(key)
    after = [len(tills.rows(table)) for table in (Voucher, Posting, Event, PosRequest)]
    return [now - then for now, then in zip(after, before, strict=True)]


def by_hand(url: str, tills: Tills, folio: int | None = None) -> tuple[Callable[[str], object], Callable[[], None]]:
    """A charge by hand over a line of its own, and what closes that. With the `folio` given it is not looked for."""
    bar, vat = (tills.rows(Folio, number=number)[0].id for number in ("C-BAR", "C-VAT20"))
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=db.BUSY_TIMEOUT_S, isolation_level=None)
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "recursive_triggers = ON", "journal_mode = WAL"):
            file.execute(f"PRAGMA {pragma}")
        return partial(_on_sqlite, file.execute, bar, vat), file.close
    line = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    line.execute("SET jit = off")
    look = LOOK.format(since="%(at)s - interval '10 minutes'", check="%(key)s")

    def on_postgres(key: str) -> object:
        given = {"key": key, "at": datetime.now(UTC), "bar": bar, "vat": vat, "body": BODY, "answer": ANSWER}
        found: Any = folio or line.execute(look, given, prepare=True).fetchone()[1]  # type: ignore[index]
        return line.execute(POSTGRES, given | {"folio": found}, prepare=True).fetchone()

    return on_postgres, line.close


def _on_sqlite(run: Callable[..., Any], bar: int, vat: int, key: str) -> None:
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    run("BEGIN IMMEDIATE")
    (day,) = run("SELECT business_date FROM business_day WHERE status = 'open'").fetchone()
    folio = run(LOOK.format(since="?", check="?"), (at, key)).fetchone()[1]
    run(
        "UPDATE folio SET balance_minor = balance_minor + 1200 WHERE id = ? AND status = 'open'"
        " AND (house_limit_minor IS NULL OR balance_minor + 1200 <= house_limit_minor)",
        (folio,),
    )
    (voucher,) = run(
        "INSERT INTO voucher (kind, business_date, written_at, currency, operator, outlet, terminal, sender, key,"
        " content_hash, check_number) VALUES ('charge', ?, ?, 'EUR', 'pos:BAR1', 'BAR', 'BAR1', 'pos:BAR1', ?, ?, ?)"
        " ON CONFLICT (sender, key) DO NOTHING RETURNING id",
        (day, at, key, key, key),
    ).fetchone()
    run(
        "INSERT INTO posting (voucher_id, business_date, line, parent_line, debit_folio_id, credit_folio_id,"
        " amount_minor, code, quantity, tax_base_minor, tax_rate_ppm) VALUES"
        f" (?1, ?2, 1, NULL, ?3, ?4, {NET}, 'BARDRINK', 1, NULL, NULL),"
        f" (?1, ?2, 2, 1, ?3, ?5, {TAX}, 'VAT20', 1, {NET}, 200000)",
        (voucher, day, folio, bar, vat),
    )
    run(
        "INSERT INTO event (at, business_date, operator, action, subject, after)"
        " VALUES (?, ?, 'pos:BAR1', 'folio.charge.posted', ?, ?)",
        (at, day, f"folio:{folio}", json.dumps({"voucher": voucher, "total_minor": NET + TAX})),
    )
    run(
        "INSERT INTO pos_request (voucher_id, business_date, sender, key, kind, outcome, content_hash, received_at,"
        " outlet, terminal, place, folio_id, check_number, total_minor, body, answer) VALUES"
        " (?, ?, 'pos:BAR1', ?, 'charge', 'done', ?, ?, 'BAR', 'BAR1', '101', ?, ?, 1200, ?, ?)",
        (voucher, day, key, key, at, folio, key, BODY, ANSWER),
    )
    run("COMMIT")
