"""Reports of a closed day beside hand-written SQL that reads as many rows and comes to the same total, and what the age
of the ledger adds: the same report of a late day beside that of an early one.

The house is full of stays that were audited night by night. Ours is a report as it is made for the pack, in canonical
form; the floor fetches the rows its figures stand in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from folios import db
from night_audit import audit
from night_audit.reports import making
from night_audit.reports.catalogue import REPORTS
from tests.benchmarks.hotels import FIRST_DATE, fresh_postgres, fresh_sqlite
from tests.benchmarks.measuring import Pair, in_turns, seconds
from tests.benchmarks.stays import fill_house

STAYS, NIGHTS = 500, 20
PRICE_MINOR = 15_000
OPERATOR = "night"
TARGET, TARGET_AGE = 1.5, 1.25

LEDGER = """
SELECT f.number, f.name, c.opening_minor, c.debits_minor, c.credits_minor, c.closing_minor
FROM closing_balance c JOIN folio f ON f.id = c.folio_id
WHERE c.business_date = :day AND f.ledger = 'guest' ORDER BY f.number
"""
LEDGERS = """
SELECT ledger, type, opening_minor, debits_minor, credits_minor, closing_minor FROM ledger_closing
WHERE business_date = :day ORDER BY ledger, type
"""
CODES = """
SELECT code, amount_minor FROM posting WHERE business_date = :day ORDER BY code, id
"""

BY_HAND = {
    "trial-balance": (LEDGERS, "ledgers", "debits", 3),
    "guest-ledger": (LEDGER, "folios", "closing", 5),
    "journal-by-code": (CODES, None, None, 1),
}
"""Per report: the floor, and the column of which part has the total of which column there."""


def measure(server: str | None, quick: bool) -> Iterator[Pair]:
    """Pairs for PostgreSQL (when there is a server) and SQLite."""
    engines: dict[str, Any] = {} if server is None else {"PostgreSQL": partial(fresh_postgres, server)}
    for name, fresh in (engines | {"SQLite": fresh_sqlite}).items():
        with fresh() as url:
            fill_house(url, 50 if quick else STAYS, PRICE_MINOR)
            engine = db.open_engine(url)
            try:
                sessions = db.session_source(engine)
                audit.missed(sessions, OPERATOR, FIRST_DATE + timedelta(days=NIGHTS), report=None)
                yield from _engine(name, sessions, 5 if quick else 15)
            finally:
                engine.dispose()


def _engine(engine: str, sessions: db.SessionSource, rounds: int) -> Iterator[Pair]:
    late, early = (FIRST_DATE + timedelta(days=number) for number in (NIGHTS - 1, 1))
    for name, (by_hand, part, column, place) in BY_HAND.items():
        if part is not None:
            _check_same(sessions, name, late, part, str(column), by_hand, place)
        ours, floor = partial(_ours, sessions, name, late), partial(_by_hand, sessions, by_hand, late)
        in_turns(2, ours, floor)
        yield Pair(f"{name}, {engine}", "time", *in_turns(rounds, _timed(ours), _timed(floor)), TARGET)
    for name in REPORTS:
        sides = [_timed(partial(_ours, sessions, name, day)) for day in (late, early)]
        in_turns(1, *sides)
        yield Pair(f"{name}, day {NIGHTS} beside day 2, {engine}", "time", *in_turns(rounds, *sides), TARGET_AGE)


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    return lambda: seconds(work)


def _ours(sessions: db.SessionSource, name: str, day: date) -> dict[str, Any]:
    with db.reading(sessions) as session:
        content = making.make(session, REPORTS[name], making.ask(session, day))
    making.canonical(content)
    return content


def _by_hand(sessions: db.SessionSource, text: str, day: date) -> list[Any]:
    with db.reading(sessions) as session:
        return _rows(session, text, day)


def _rows(session: Session, text: str, day: date) -> list[Any]:
    driver: Any = session.connection().connection.driver_connection
    mark = "%(day)s" if session.get_bind().dialect.name == "postgresql" else ":day"
    return list(driver.execute(text.replace(":day", mark), {"day": day.isoformat()}).fetchall())


def _check_same(
    sessions: db.SessionSource, name: str, day: date, part: str, column: str, by_hand: str, place: int
) -> None:
    (found,) = [each for each in _ours(sessions, name, day)["parts"] if each["name"] == part]
    at = [each["name"] for each in found["columns"]].index(column)
    (total,) = [row["values"][at] for row in found["rows"] if row["style"] == "total"]
    expected = sum(row[place] for row in _by_hand(sessions, by_hand, day))
    if total != expected:
        raise AssertionError(f"{name}: {column} comes to {total}, by hand to {expected}")
